"""What the commands of the pages run in: a checkout for each page, beside one `make run` with the seeds pushed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import httpx
import redis

from runtime.server import running_url
from tests.pages.reading import ROOT, blocks
from tests.pages.table import STAND_INS
from tests.site_farm.sites import article, rss

SECRET = "whsec_" + "QUJD" * 11
OF_ITS_OWN = {".venv", ".git", ".env", ".tocsin", "watch", "mine"}  # of a checkout; all else is only read
TIRED_SECONDS = 60
CONNECTS = 7  # attempts, each after twice the time: half a minute
NOTHING: Mapping[str, str] = {}
TOO_SHORT = "Sahel Courier\n\nNothing stands here.\n"


class Said(NamedTuple):
    """How a command ended, and what it printed on both outputs."""

    code: int
    text: str


class Site(BaseHTTPRequestHandler):
    """A site with a feed of one story, and a chat that takes anything."""

    def do_GET(self) -> None:
        at = f"http://{self.headers['host']}"
        pages = {
            "/": (f'<link rel="alternate" type="application/rss+xml" href="{at}/feed">'.encode(), "text/html"),
            "/feed": rss([f"{at}/story"]),
            "/story": (article("one").encode(), "text/html"),
        }
        body, kind = pages.get(self.path, (b"", ""))
        self._answer(200 if kind else 404, body, kind or "text/plain")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer(200, b"", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def a_site() -> Iterator[str]:
    """The address of a site of our own, on a thread."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def checkout(folder: Path) -> Path:
    """Make a checkout: the real files and environment, but a watch folder and data of its own."""
    folder.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name not in OF_ITS_OWN and not entry.name.endswith("_cache"):
            (folder / entry.name).symlink_to(entry)
    shutil.copytree(ROOT / "watch", folder / "watch", ignore=shutil.ignore_patterns("catalogue", "__pycache__"))
    venv = folder / ".venv"
    venv.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name in ("bin", "include", "lib", "lib64", "pyvenv.cfg"):
            (venv / entry.name).symlink_to(entry)
    for done in (".setup", ".dev", ".docs"):  # what make would install is installed
        (venv / done).touch()
    return folder


class Talking:
    """A command line with everything it starts, and what it prints, which is read all the time."""

    def __init__(self, command: str, folder: Path, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-c", command], cwd=folder, env=environ, text=True,
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.lines: SimpleQueue[str] = SimpleQueue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.put(line)
        self.lines.put("")

    def until_it_says(self, wanted: str) -> str:
        """Return what was printed up to the line that completes the pattern `wanted`."""
        said = ""
        while not re.search(wanted, said, re.MULTILINE):
            try:
                line = self.lines.get(timeout=TIRED_SECONDS)
            except Empty:
                line = ""
            assert line, f"it never said {wanted!r}, but:\n{said}"
            said += line
        return said

    def end(self) -> None:
        """End it as Ctrl-C does; what does not listen is killed."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(TIRED_SECONDS)
        self.reader.join(TIRED_SECONDS)


@contextmanager
def talking(command: str, folder: Path, environ: dict[str, str]) -> Iterator[Talking]:
    """A command line that goes on; it is ended with the block."""
    process = Talking(command, folder, environ)
    try:
        yield process
    finally:
        process.end()


@dataclass
class Session:
    """One pipeline that goes on, and a checkout for each page."""

    root: Path
    environ: dict[str, str]
    known: dict[str, str]  # what stands in for the names in braces of STAND_INS
    alert: str = ""  # the second seed's alert, as `tocsin tail --json` prints it
    folders: dict[str, Path] = field(default_factory=dict)

    def folder(self, page: str) -> Path:
        """Return the checkout of a page, with the files of which it speaks."""
        if page not in self.folders:
            made = self.folders[page] = checkout(self.root / re.sub(r"\W", "-", page))
            shutil.copy(ROOT / "seeds/002_62f4774eb39e6342.txt", made / "page.txt")
            (made / "page.html").write_text(article("two"), encoding="utf-8")
            (made / "ALERT.json").write_text(self.alert, encoding="utf-8")
            (made / "my-rules.yaml").write_text((ROOT / "watch/rules/niger.yaml").read_text("utf-8"), "utf-8")
        return self.folders[page]

    def written(self, command: str) -> str:
        """Return the command with what a reader would put into it."""
        for shown, real in STAND_INS.items():
            if shown in command:
                command = command.replace(shown, real.format_map(self.known))
        return command

    def environ_of(self, page: str) -> dict[str, str]:
        folder = self.folder(page)
        return self.environ | {
            "PATH": f"{folder / '.venv/bin'}:{os.environ['PATH']}",
            "TOCSIN_WATCH_DIR": str(folder / "watch"),
        }

    def run(self, page: str, command: str, environ: Mapping[str, str] = NOTHING) -> Said:
        """Run a command line as a reader of `page` would, after what the page showed before."""
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", command],
            cwd=self.folder(page), env={**self.environ_of(page), **environ}, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=2 * TIRED_SECONDS, check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout)

    def run_until(self, page: str, command: str, wanted: str, environ: Mapping[str, str] = NOTHING) -> Said:
        """Run what does not end until it has said what it must, and end it; the code is 1 when it never said it."""
        with talking(command, self.folder(page), {**self.environ_of(page), **environ}) as process:
            try:
                return Said(0, process.until_it_says(wanted))
            except AssertionError as error:
                return Said(1, str(error))


@contextmanager
def a_session(root: Path) -> Iterator[Session]:
    """`make run` in a checkout, with both seeds rung and a dead letter; and a site and a bot to talk to."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_") or "MODELS" in name}
    data = root / "data"
    environ = given | {
        "COLUMNS": "200", "no_proxy": "*", "PYTHONUNBUFFERED": "1", "HOOK": SECRET, "NEWSROOM_SECRET": SECRET,
        "TOCSIN_DATA_DIR": str(data), "TOCSIN_PRODUCE_ALLOWED_NETWORKS": "127.0.0.0/8", "TOCSIN_PROBE_PORT": "0",
        "TOCSIN_DELIVER_RULES_WRITABLE": "true", "TOCSIN_DELIVER_ALLOW_PRIVATE_TARGETS": "true",
    }  # fmt: skip
    with a_site() as site:
        environ["DESK_CHAT_URL"] = site.replace("http", "json") + "/chat"
        bot = f"{sys.executable} -u {ROOT}/examples/slack_bot.py 0"
        with talking(bot, root, environ | {"WEBHOOK_SECRET": SECRET, "SLACK_URL": f"{site}/chat"}) as chat:
            port = chat.until_it_says(r"listening on \d+").split()[-1]
            session = Session(root, environ, {"site": site, "bot": f"http://127.0.0.1:{port}/"})
            here = checkout(root / "checkout")
            rows = "".join(blocks("yaml", "docs/subscribe.md"))
            (here / "watch/subscriptions.yaml").write_text(session.written(rows), encoding="utf-8")
            own = environ | {"TOCSIN_WATCH_DIR": str(here / "watch")}
            with talking("make run ARGS='--port 0'", here, own) as run:
                told = run.until_it_says(r"(?s)\A(?=.*pushed: 2 accepted)(.*  niger-russia-military){2}")
                _fill(session, str(running_url(data)), re.findall(r"http://127.0.0.1:\d+", told)[0])
                yield session


def _fill(session: Session, url: str, page: str) -> None:
    """Look the second seed's alert up, and push a page that becomes a dead letter."""
    session.known |= {"url": page, "redis": url}
    with redis.Redis.from_url(url, decode_responses=True) as server:
        events = [fields["d"] for _, fields in server.xrange("tocsin:{p0}:alerts")]
        second = "pg_89e357b53b9dfc6e0f0adf2f"
        session.alert = next(e for e in events if second in e and "/rules/niger-russia-military" in e)
        event = json.loads(session.alert)
        session.known |= {"alert": event["data"]["id"], "story": event["subject"]}
        # Its address is said before the page is up: the seeds can ring first.
        patient = httpx.HTTPTransport(trust_env=False, retries=CONNECTS)
        with httpx.Client(transport=patient, trust_env=False, headers={"content-type": "text/plain"}) as client:
            client.post(f"{page}/v1/pages", content=TOO_SHORT).raise_for_status()
        ((_, ((id, _), *_)),) = server.xread({"tocsin:{p0}:dead:clean": "0"}, block=TIRED_SECONDS * 1000)
        session.known["dead"] = id
