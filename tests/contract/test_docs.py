"""The documents say what the code does: a setting, subcommand, stage or link that is not there is red."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.settings import names_of, refuse_unknown_names, settings_classes
from services.cli.app import COMMANDS
from services.cli.config import markdown

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_every_setting_is_documented() -> None:
    """docs/settings.md is what `tocsin config --markdown` prints, and each setting says what it means."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == markdown()
    for settings in settings_classes():
        for name, field in names_of(settings).items():
            assert settings.model_fields[field].description, f"{name} does not say what it means"


def test_every_variable_that_a_document_or_an_example_asks_for_is_known() -> None:
    """Whoever exports one, for whatever program, can go on using `tocsin` in that shell."""
    shown = [*DOCUMENTS, *(path for path in (ROOT / "examples").iterdir() if path.is_file())]
    found = {name for path in shown for name in re.findall(r"TOCSIN_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))}

    assert "TOCSIN_TOKEN" in found
    refuse_unknown_names(dict.fromkeys(found, ""))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """A link to a file of the project names one that is there."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)

    for target in LINK.findall(text):
        if "://" not in target and not target.startswith(("mailto:", "/")):
            assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} links to {target}"


def test_every_subcommand_is_in_a_document() -> None:
    """A newcomer can read about each subcommand somewhere."""
    everything = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)

    missing = [name for name in COMMANDS if f"tocsin {name}" not in everything]

    assert not missing, f"no document names: {missing}"


def test_every_service_stands_in_the_architecture() -> None:
    """docs/architecture.md names each folder of services/."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    for folder in sorted((ROOT / "services").iterdir()):
        if (folder / "__init__.py").is_file():
            assert f"`services/{folder.name}`" in text


def test_every_program_shown_in_the_readme_is_there() -> None:
    """`make …` targets named in the README exist."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert shown
    for target in shown:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_tocsin_shows_help_for_every_subcommand() -> None:
    """Each subcommand can be asked what it does."""
    for name in COMMANDS:
        done = subprocess.run(
            [Path(sys.executable).parent / "tocsin", name, "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
