"""The file of the sources: the user's own, or the one that comes with Tocsin."""

from pathlib import Path
from typing import Final

from runtime.errors import Misconfigured
from runtime.settings import RuntimeSettings
from services.produce.source_registry import SourceSpec, parse_sources
from services.produce.sources import SOURCES

NAME: Final = "sources.yaml"


def sources_path(settings: RuntimeSettings) -> Path:
    """Return the path of the registry: in TOCSIN_WATCH_DIR when there is one, else the shipped one."""
    if settings.watch_dir is not None and (settings.watch_dir / NAME).is_file():
        return settings.watch_dir / NAME
    return Path(__file__).parents[3] / "watch" / NAME


def read_sources(path: Path) -> tuple[SourceSpec, ...]:
    """Return the sources in a file; raises SourcesInvalid with all mistakes, or Misconfigured."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: expected a readable file of sources ({error})") from None
    return parse_sources(text, file=str(path), kinds=SOURCES)
