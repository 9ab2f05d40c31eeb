"""Offline filters: `tocsin clean|tag|match --jsonl -`: JSON lines in, JSON lines out, no server needed.

A line that cannot be processed yields {"id", "error": {"reason", "message"}} and the rest goes on; order is kept.
Of a page that is refused, `clean` also gives the "text" that reads like an article: a paywall's stub, a caption.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from runtime.errors import InvalidMessage, TocsinError
from schemas import Article, Page
from services.cli.options import WatchOption

Line = dict[str, Any]
Filter = Callable[[Line], Line]
JsonlOption = Annotated[
    Path | None, typer.Option("--jsonl", help="A file of JSON lines, or - for standard input.", show_default=False)
]
FilesArgument = Annotated[list[Path] | None, typer.Argument(help="Pages: .html, .txt, .jsonl files or folders.")]


def clean(
    files: FilesArgument = None,
    jsonl: JsonlOption = None,
    watch: WatchOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each block: kept or dropped, and why.")] = False,
) -> None:
    """Turn pages into articles: {"id","url"?,"content_type","body"} lines in, articles out."""
    if explain:
        from services.cli.explain import explain_clean  # noqa: PLC0415  (heavy)

        explain_clean(files or [])
        return
    run(clean_line(), lines_of(files, jsonl))


def tag(
    files: FilesArgument = None,
    jsonl: JsonlOption = None,
    watch: WatchOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each mention, and each rejected candidate.")] = False,
) -> None:
    """Find actors and topics: {"id","lang"?,"title","text"} lines in, mentions and topics out."""
    if explain:
        from services.cli.explain import explain_tag  # noqa: PLC0415  (heavy)

        explain_tag(files or [], watch)
        return
    run(tag_line(watch), lines_of(files, jsonl))


def match(files: FilesArgument = None, jsonl: JsonlOption = None, watch: WatchOption = None) -> None:
    """Say which rules a page rings, and by which sentences: pages in as for `clean`, alerts out."""
    run(match_line(watch), lines_of(files, jsonl))


def lines_of(files: list[Path] | None, jsonl: Path | None) -> Iterable[bytes]:
    """Yield the input lines: of the JSONL file, of standard input, or one made from each page given."""
    if jsonl is not None and str(jsonl) != "-":
        yield from jsonl.open("rb")
    elif jsonl is not None or not files:
        yield from sys.stdin.buffer
    else:
        for file in files:
            yield from _lines_of_file(file)


def _lines_of_file(path: Path) -> Iterator[bytes]:
    from services.produce.sources.files import pages_from_paths  # noqa: PLC0415  (only where files are given)

    for found in pages_from_paths([path], datetime.now(UTC)):
        if isinstance(found, Page):
            line = {"id": found.id, "url": found.url, "content_type": found.content_type}
            body = {"body": found.body} if found.body is not None else {"body_base64": found.body_base64}
            yield json.dumps({**line, **body}).encode()
        else:
            yield json.dumps({"id": str(path), "refusal": [found.reason, str(found)]}).encode()


def run(process: Filter, lines: Iterable[bytes], out: IO[str] = sys.stdout) -> None:
    """Write one answer for each line, in order."""
    for line in lines:
        if line.strip():
            out.write(json.dumps(answer(process, line), ensure_ascii=False) + "\n")
            out.flush()


def answer(process: Filter, line: bytes) -> Line:
    """Return the answer to one line; an error is an answer too."""
    id: Any = None
    try:
        try:
            given = json.loads(line)
        except ValueError as error:
            raise InvalidMessage(f"expected a JSON object, found no JSON: {error}") from None
        if not isinstance(given, dict):
            raise InvalidMessage(f"expected a JSON object, found {type(given).__name__}")
        id = given.get("id")
        if "refusal" in given:
            return _error(id, *given["refusal"])
        return process(given)
    except TocsinError as error:
        return _error(id, error.reason, str(error))
    except Exception as error:
        return _error(id, "unexpected_error", f"{type(error).__name__}: {error}")


def _error(id: Any, reason: str, message: str) -> Line:
    return {"id": id, "error": {"reason": reason, "message": message}}


def _page(given: Line) -> Page:
    from services.produce.json_to_page import json_to_page  # noqa: PLC0415

    return json_to_page(json.dumps(given).encode(), now=datetime.now(UTC))


def clean_line() -> Filter:
    """Return the filter from pages to articles."""
    from services.clean.page_to_article import page_to_article, shown_of  # noqa: PLC0415  (loads the cleaner)

    def process(given: Line) -> Line:
        id, page = given.get("id"), _page(given)
        try:
            return article_to_line(id, page_to_article(page))
        except TocsinError as refusal:
            return {**_error(id, refusal.reason, str(refusal)), "text": shown_of(page)}

    return process


def article_to_line(id: Any, article: Article) -> Line:
    """Return what `tocsin clean` writes of an article."""
    published = article.published
    return {
        "id": id,
        "title": article.title,
        "authors": list(article.authors),
        "published": {"value": published.value, "source": published.source} if published else None,
        "site": article.site,
        "language": article.language,
        "text": article.text,
        "paragraphs": [list(paragraph) for paragraph in article.paragraphs],
    }


def tag_line(watch: Path | None) -> Filter:
    """Return the filter from texts to mentions and topics."""
    from services.tag.adapters.watch_folder import load_catalogue  # noqa: PLC0415
    from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger  # noqa: PLC0415
    from services.tag.text_to_article import article_from_text  # noqa: PLC0415

    tagger = build_tagger(load_catalogue(watch))

    def process(given: Line) -> Line:
        title, text = given.get("title") or "", given.get("text")
        if not isinstance(text, str) or not isinstance(title, str):
            raise InvalidMessage("expected a string in 'text' (and in 'title', when there is one)")
        language = given.get("lang") or given.get("language")
        tagged = article_to_tagged_article(article_from_text(str(given.get("id")), title, text, language), tagger)
        fields = {"actor", "kind", "text", "start", "end", "sentence", "zone"}
        spans = {"text", "start", "end", "sentence", "zone"}
        return {
            "id": given.get("id"),
            "mentions": [mention.model_dump(include=fields) for mention in tagged.mentions],
            "topics": [
                {"topic": hit.topic, "spans": [span.model_dump(include=spans) for span in hit.spans]}
                for hit in tagged.topics
            ],
        }

    return process


def match_line(watch: Path | None) -> Filter:
    """Return the filter from pages to the rules they ring."""
    from services.alert.adapters.rule_files import read_rules  # noqa: PLC0415
    from services.alert.rulebook import parse_rules  # noqa: PLC0415
    from services.alert.tagged_article_to_alerts import match_article  # noqa: PLC0415
    from services.clean.page_to_article import page_to_article  # noqa: PLC0415
    from services.desk.vocabulary import vocabulary_of  # noqa: PLC0415
    from services.tag.adapters.watch_folder import load_catalogue  # noqa: PLC0415
    from services.tag.article_to_tagged_article import article_to_tagged_article, build_tagger  # noqa: PLC0415

    catalogue = load_catalogue(watch)
    tagger, rulebook = build_tagger(catalogue), parse_rules(read_rules(watch), vocabulary_of(catalogue))

    def process(given: Line) -> Line:
        tagged = article_to_tagged_article(page_to_article(_page(given)), tagger)
        return {"id": given.get("id"), "alerts": match_article(tagged, rulebook)}

    return process
