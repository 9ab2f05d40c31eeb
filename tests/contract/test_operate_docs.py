"""docs/operate.md tells the truth about files, services, settings and alarms."""

import re

import pytest
import yaml

from runtime.settings import names_of, settings_classes
from tests.contract.all_metrics import ROOT

TEXT = (ROOT / "docs/operate.md").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT))))
def test_every_link_leads_somewhere(target):
    """A link to a page that is not there helps nobody."""
    assert (ROOT / "docs" / target).exists()


def test_every_service_is_described():
    """The table of what runs and the Compose file name the same services, with the same limits."""
    assert all(f"`{name}`" in TEXT for name in COMPOSE["services"])


def test_every_setting_that_is_named_exists():
    """A setting in the guide is one of the processes' or of .env.example."""
    known = {name for settings in settings_classes() for name in names_of(settings)}
    named = set(re.findall(r"`((?:TOCSIN|REDIS|PROMETHEUS|GRAFANA|IMAGE)_\w+)", TEXT))

    assert {name for name in named if name not in known and f"\n{name}=" not in EXAMPLE} == set()


def test_every_container_that_a_command_enters_exists():
    """`docker compose exec SERVICE` names a service of the file."""
    entered = set(re.findall(r"docker compose (?:exec|run --rm)(?: --?[\w-]+)*(?: sh)? ([a-z-]+)", TEXT)) - {"sh"}

    assert entered and entered <= set(COMPOSE["services"])


def test_every_runbook_command_enters_a_container_that_exists():
    """What a runbook tells to run at night is about services that there are."""
    for runbook in (ROOT / "deploy/runbooks").glob("*.md"):
        text = runbook.read_text()
        named = set(re.findall(r"docker compose (?:exec|logs)(?: -{1,2}[\w=-]+)* ([a-z-]+)", text))
        assert named <= set(COMPOSE["services"]), runbook.name


def test_the_upgrade_names_every_service_of_the_image():
    """A service left out would go on with the old version."""
    (line,) = re.findall(r"^for service in (.*); do$", TEXT, re.MULTILINE)
    ours = {name for name, service in COMPOSE["services"].items() if service["image"].startswith("tocsin:")}

    assert set(line.split()) == ours
