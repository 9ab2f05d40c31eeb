"""`tocsin clean --explain` and `tocsin tag --explain`: what was taken, what was not, and why."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from runtime.errors import TocsinError
from runtime.settings import RuntimeSettings, load
from schemas import Page
from services.produce.sources.files import pages_from_paths


def explain_clean(files: list[Path]) -> None:
    """Print each block of each page: kept or dropped, and why."""
    from services.clean.explain import explain  # noqa: PLC0415  (loads the cleaner)

    console = Console()
    for page in _pages(console, files):
        try:
            verdicts = explain(page)
        except TocsinError as error:
            console.print(f"refused: {error} ({error.reason})", style="red", markup=False)
            continue
        for verdict in verdicts:
            mark, style = ("+", "green") if verdict.kept else ("-", "dim")
            line = Text(f"{mark} ", style=style)
            line.append(" ".join(verdict.text.split()), style="default" if verdict.kept else "dim")
            line.append(f"   [{verdict.reason}]", style="italic " + style)
            console.print(line)


def _pages(console: Console, files: list[Path]) -> list[Page]:
    found = []
    for one in pages_from_paths(files, datetime.now(UTC)):
        if isinstance(one, Page):
            found.append(one)
        else:
            console.print(f"refused {one} ({one.reason})", style="red", markup=False)
    return found


def explain_tag(files: list[Path], watch: Path | None) -> None:
    """Print each article with its mentions marked, what was rejected and why, and the phrases of its topics."""
    from services.clean.page_to_article import page_to_article  # noqa: PLC0415  (loads the cleaner)
    from services.tag.adapters.watch_folder import load_catalogue  # noqa: PLC0415
    from services.tag.article_to_tagged_article import build_tagger  # noqa: PLC0415
    from services.tag.explain import explain, marked_text  # noqa: PLC0415

    console = Console()
    tagger = build_tagger(load_catalogue(watch or load(RuntimeSettings).watch_dir))
    for page in _pages(console, files):
        try:
            article = page_to_article(page)
        except TocsinError as error:
            console.print(f"refused: {error} ({error.reason})", style="red", markup=False)
            continue
        found = explain(article, tagger)
        console.print(Text(marked_text(article.title, found, in_title=True), style="bold"))
        console.print(Text(f"language {found.language}, date {found.date or 'unknown'}", style="dim"))
        console.print(Text(marked_text(article.text, found, in_title=False)))
        for mention in found.mentions:
            place = f"{mention.zone} {mention.start}–{mention.end}, sentence {mention.sentence}"
            console.print(Text(f"+ {mention.actor} “{mention.text}” ({mention.kind}) {place}", style="green"))
        for one in found.rejected:
            console.print(
                Text(f"- {one.actor or 'no actor'} “{one.text}” {one.start}–{one.end}: {one.reason}", style="dim")
            )
        for topic in found.topics:
            phrases = ", ".join(dict.fromkeys(span.text for span in topic.spans))
            console.print(Text(f"# {topic.topic} ({topic.score:.1f}): {phrases}", style="cyan"))
