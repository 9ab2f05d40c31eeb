"""Sites that misbehave: each serves what it should not, and beside it a good page that should arrive all the same."""

from collections.abc import Callable

from tests.site_farm.http import Answer, Request
from tests.site_farm.sites import Farm, Site, article, bomb, endless

HTML = {"Content-Type": "text/html; charset=utf-8"}


def add_bad_sites(farm: Farm) -> None:
    """Add one site for every kind of trouble."""
    for name, serve in TROUBLES.items():
        site = farm.site(f"{name}.farm.example")
        good = site.page("/good", article(name))
        site.paths["/bad"] = serve
        farm.feeds.append(site.feed([site.url("/bad"), good]))
    flaky = farm.site("flaky.farm.example")
    link = flaky.page("/flaky", article("flaky"))
    flaky.paths["/flaky"] = _flaky(flaky.paths["/flaky"])
    farm.feeds.append(flaky.feed([link]))
    _add_redirects(farm)
    _add_robots(farm)
    _add_feeds(farm)
    _add_copies(farm)


def _flaky(good: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Fails, then breaks off, then serves."""
    tries = iter([Answer(status=500), Answer(b"<html>half", is_cut=True, headers={**HTML, "Content-Length": "999"})])
    return lambda request: next(tries, None) or good(request)


TROUBLES: dict[str, Callable[[Request], Answer]] = {
    "missing": lambda _: Answer(b"gone", status=404),
    "denied": lambda _: Answer(b"pay first", status=403),
    "failing": lambda _: Answer(b"oops", status=500),
    "cut": lambda _: Answer(b"<html>half", is_cut=True, headers={**HTML, "Content-Length": "5000"}),
    "slow": lambda _: Answer(headers=dict(HTML), pieces=endless(b"x", 0.05)),
    "endless": lambda _: Answer(headers=dict(HTML), pieces=endless(b"<p>more words " * 5000, 0)),
    "huge": lambda _: Answer(b"<p>" + b"words " * 400_000, headers=dict(HTML)),
    "hugeheader": lambda _: Answer(raw_head=b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 500_000 + b"\r\n\r\n", is_cut=True),
    "nonsense": lambda _: Answer(raw_head=b"GOPHER 1.0 hello\r\n\r\n", is_cut=True),
    "bomb": lambda _: Answer(bomb(60_000_000), headers={**HTML, "Content-Encoding": "gzip"}),
    "brotli": lambda _: Answer(b"\x0b\x02\x80words\x03", headers={**HTML, "Content-Encoding": "br"}),
    "brokengzip": lambda _: Answer(b"\x1f\x8b\x08\x00not gzip at all", headers={**HTML, "Content-Encoding": "gzip"}),
    "picture": lambda _: Answer(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, headers=dict(HTML)),
    "pdf": lambda _: Answer(b"%PDF-1.4 ...", headers={"Content-Type": "application/pdf"}),
    "blank": lambda _: Answer(b"  \r\n ", headers=dict(HTML)),
    "unasked304": lambda _: Answer(status=304, headers={"Content-Length": "0"}),
    "loop": lambda _: Answer(status=302, headers={"Location": "/bad", "Content-Length": "0"}),
    "todisk": lambda _: Answer(status=302, headers={"Location": "file:///etc/passwd", "Content-Length": "0"}),
    "busy": lambda _: Answer(status=429, headers={"Retry-After": "1", "Content-Length": "0"}),
}


def _add_redirects(farm: Farm) -> None:
    """Redirects that lead somewhere, for ever, or to an address that is nobody's business."""
    site = farm.site("redirects.farm.example")
    site.page("/end", article("redirected"))
    for n in range(3):
        target = f"/hop{n + 1}" if n < 2 else "/end"
        site.paths[f"/hop{n}"] = _redirect(target)
    site.paths["/many"] = lambda request: Answer(
        status=302, headers={"Location": request.path + "x", "Content-Length": "0"}
    )
    for n in range(60):
        site.paths["/many" + "x" * n] = site.paths["/many"]
    site.paths["/inside"] = _redirect(f"http://10-0-0-1.private.example:{farm.port}/secret")
    site.paths["/metadata"] = _redirect(f"http://169.254.169.254:{farm.port}/latest")
    links = [site.url(path) for path in ("/hop0", "/many", "/inside", "/metadata")]
    farm.feeds.append(site.feed([*links, f"http://10-0-0-1.private.example:{farm.port}/direct"]))
    secret = farm.site("10-0-0-1.private.example")
    secret.page("/secret", article("secret"), is_wanted=False)
    secret.page("/direct", article("direct"), is_wanted=False)


def _redirect(target: str) -> Callable[[Request], Answer]:
    return lambda _: Answer(status=301, headers={"Location": target, "Content-Length": "0"})


def _add_robots(farm: Farm) -> None:
    """A site that forbids a folder, one that forbids everything, and one whose robots.txt cannot be read."""
    rules = {
        "robots": b"User-agent: *\nDisallow: /private/\nUser-agent: tocsin\nDisallow: /bad\n",
        "forbidden": b"User-agent: *\nDisallow: /\n",
        "politely": b"User-agent: *\nCrawl-delay: 0.3\n",
    }
    for name, raw in rules.items():
        site = farm.site(f"{name}.farm.example")
        site.paths["/robots.txt"] = _text(raw)
        pages = [site.page("/good", article(name), is_wanted=name != "forbidden")]
        pages.append(site.page("/bad", article(f"{name} not for us"), is_wanted=name == "politely"))
        farm.feeds.append(site.feed(pages))
    site = farm.site("norobots.farm.example")
    site.paths["/robots.txt"] = lambda _: Answer(status=503, headers={"Content-Length": "0"})
    farm.feeds.append(site.feed([site.page("/good", article("norobots"), is_wanted=False)]))


def _text(raw: bytes) -> Callable[[Request], Answer]:
    return lambda _: Answer(raw, headers={"Content-Type": "text/plain"})


def _add_feeds(farm: Farm) -> None:
    """Feeds that are wrong: no feed at all, cut in the middle, a bomb, and one that never ends."""
    site = farm.site("feeds.farm.example")
    first = site.page("/first", article("before the damage"))
    rss = site.feed([first, site.page("/second", article("behind the damage"), is_wanted=False)], path="/whole")
    whole = site.paths["/whole"]
    site.paths["/cut"] = lambda request: Answer(whole(request).body.split(b"<link>http")[0] + _entry(first))
    site.paths["/html"] = lambda _: Answer(b"<html><p>no feed", headers=dict(HTML))
    site.paths["/laughs"] = _text(_billion_laughs())
    site.paths["/feedbomb"] = lambda _: Answer(bomb(60_000_000), headers={**HTML, "Content-Encoding": "gzip"})
    site.paths["/drip"] = lambda _: Answer(headers={"Content-Type": "text/xml"}, pieces=endless(b"<", 0.05))
    del site.paths["/whole"], rss
    farm.feeds += [site.url(path) for path in ("/cut", "/html", "/laughs", "/feedbomb", "/drip", "/nothing")]


def _entry(link: str) -> bytes:
    return f"<link>{link}</link><guid>{link}</guid></item><item><title>cut he".encode()


def _billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]><rss><channel>&l9;</channel></rss>'.encode()
    )


def _add_copies(farm: Farm) -> None:
    """One page under many addresses: tracked, mobile, AMP, redirected, and with a canonical link."""
    site: Site = farm.site("copies.farm.example")
    body = article("once").replace("<title>", f'<link rel="canonical" href="{site.url("/once")}"><title>')
    site.page("/once", body)
    for path in ("/once/amp", "/print/once"):
        site.page(path, body)
    mobile = farm.site("m.copies.farm.example")
    mobile.page("/once", body)
    links = [site.url(path) for path in ("/once", "/once?utm_source=a", "/once?fbclid=1", "/once/amp", "/print/once")]
    farm.feeds += [site.feed(links), mobile.feed([mobile.url("/once")])]
