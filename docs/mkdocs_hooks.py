"""Hooks of the documentation site: the pages that live outside docs/, and links that leave it.

The same Markdown is read in a checkout and on the site. In a checkout a link may lead to any file of the project. On
the site it leads to the page made of that file; where there is none, its text and the file's path are shown.
"""

import re
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
# Pages of the site that stand elsewhere in the project, where their readers look for them first.
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "examples/README.md": "examples.md",
    **{f"deploy/runbooks/{page.name}": f"runbooks/{page.name}" for page in (ROOT / "deploy/runbooks").glob("*.md")},
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand outside docs/."""
    for source, target in ELSEWHERE.items():
        files.append(File.generated(config, target, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the runbooks and the decisions at the end, by their names: a new one needs no row."""
    runbooks = sorted(target for target in ELSEWHERE.values() if target.startswith("runbooks/"))
    decisions = sorted(f"adr/{page.name}" for page in (ROOT / "docs/adr").glob("*.md"))
    config.nav = [*(config.nav or []), {"Runbooks": runbooks}, {"Decisions": decisions}]
    return config


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead each link to the page of the site that is made of its file."""
    here = next((source for source, target in ELSEWHERE.items() if target == page.file.src_uri), None)
    folder = str(Path(here or f"docs/{page.file.src_uri}").parent)

    def lead(link: re.Match[str]) -> str:
        mark, text, target = link.groups()
        path, _, anchor = target.partition("#")
        if not path or ":" in path:
            return link[0]
        file = normpath(f"{folder}/{path}")
        uri = ELSEWHERE.get(file) or (file.removeprefix("docs/") if _is_on_the_site(file) else None)
        if uri is None:
            return text if f"`{file}`" in text or text == file else f"{text} (`{file}`)"
        return f"{mark}[{text}]({relpath(uri, str(Path(page.file.src_uri).parent))}{'#' * bool(anchor)}{anchor})"

    return LINK.sub(lead, markdown)


def _is_on_the_site(file: str) -> bool:
    return file.startswith("docs/") and (ROOT / file).is_file()
