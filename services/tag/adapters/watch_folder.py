"""The watch folder on disk: reads the built-in catalogue and the user's actors and topics."""

import itertools
from pathlib import Path

from runtime.watching import yaml_files
from services.tag.catalogue import Catalogue
from services.tag.merge import WatchFiles, merge_catalogue

BUILT_IN = Path(__file__).resolve().parents[3] / "watch"


def load_catalogue(watch_dir: Path | None = None) -> Catalogue:
    """Return the built-in catalogue with what the user's folder adds and changes.

    A file that the user's folder does not have (actors.yaml, topics.yaml) comes from the built-in folder. Raises
    WatchFolderInvalid, a Misconfigured, with every mistake as `file:line: what was expected, what was found`.
    """
    return merge_catalogue(read_watch_files(watch_dir))


def load_catalogue_from(watch_dir: str | None) -> Catalogue:
    """Return the same for a folder given as a text, as in the JSON config of a spaCy pipeline."""
    return load_catalogue(Path(watch_dir) if watch_dir else None)


def read_watch_files(watch_dir: Path | None = None) -> WatchFiles:
    """Return the texts of all files that make the catalogue, by the name that mistakes are reported under."""
    own = watch_dir if watch_dir and watch_dir.is_dir() else BUILT_IN
    return WatchFiles(
        generated_actors=_read(BUILT_IN / "catalogue" / "actors.tsv"),
        generated_aliases=_read(BUILT_IN / "catalogue" / "aliases.tsv"),
        typed_actors=tuple(_read(path) for path in sorted((BUILT_IN / "catalogue").glob("*.yaml"))),
        phrases=_read(BUILT_IN / "catalogue" / "phrases.txt"),
        words=tuple(_read(BUILT_IN / "catalogue" / f"{name}.txt") for name in ("words", "things", "names")),
        built_in_topics=_read(BUILT_IN / "topics.yaml"),
        actors=_read(_first(own / "actors.yaml", BUILT_IN / "actors.yaml")),
        topics=_read(_first(own / "topics.yaml", BUILT_IN / "topics.yaml")),
    )


def sources() -> dict[str, str]:
    """Return source → "package version; licence; as of", as the head of the generated aliases says."""
    with (BUILT_IN / "catalogue" / "aliases.tsv").open(encoding="utf-8") as file:
        head = [line[2:].rstrip() for line in itertools.takewhile(lambda line: line.startswith("# "), file)]
    return {source: what for source, parted, what in (line.partition(": ") for line in head[1:]) if parted}


def rules_folder(watch_dir: Path | None) -> Path:
    """Return the folder of the rules in force, as the alert stage chooses it."""
    own = watch_dir / "rules" if watch_dir else None
    return own if own and own.is_dir() else BUILT_IN / "rules"


def read_rule_texts(watch_dir: Path | None = None) -> list[str]:
    """Return the texts of the rules in force; what is wrong in them is for the alert stage to say."""
    return [path.read_text("utf-8", errors="replace") for path in yaml_files(rules_folder(watch_dir))]


def _first(path: Path, otherwise: Path) -> Path:
    return path if path.is_file() else otherwise


def _read(path: Path) -> tuple[str, str]:
    """Return (name to report, text); a file that is not UTF-8 is read with marks, which its parser reports."""
    name = path.relative_to(BUILT_IN.parent).as_posix() if path.is_relative_to(BUILT_IN.parent) else str(path)
    return name, path.read_text("utf-8", errors="replace")
