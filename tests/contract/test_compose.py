"""What is true of docker-compose.yml without running it; `make verify-compose` shows the rest on a real engine."""

import re

import pytest
import yaml

from runtime.settings import ALSO_KNOWN, names_of, settings_classes
from tests.contract.all_metrics import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"
)
UIS = {"deliver", "prometheus", "grafana"}
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()

every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_a_service_is_watched_limited_restarted_and_its_log_rotated(name):
    """Health that is asked, memory that ends, a restart that comes, a log that does not fill the disk."""
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert re.fullmatch(r"(\$\{\w+:-)?\d+[mg]\}?", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert service["restart"] == "unless-stopped"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@every_service
def test_a_service_is_hardened(name):
    """Read-only root, no capability, no new privileges, and a numeric user that is not root."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    for key in ("privileged", "network_mode", "pid", "ipc", "devices", "container_name"):
        assert key not in service


@every_service
def test_only_pages_for_people_are_published_and_only_on_this_machine(name):
    """Redis and the stages have no port on the host at all."""
    ports = SERVICES[name].get("ports", [])

    assert bool(ports) == (name in UIS)
    for port in ports:
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", port)


@every_service
def test_an_image_has_an_exact_tag(name):
    """Three numbers: not latest, not a branch that moves."""
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", SERVICES[name]["image"])

    assert re.search(r":v?\d+\.\d+\.\d+(-[a-z]+)?$", image)


@every_service
def test_a_mounted_folder_of_the_host_is_read_only(name):
    """A container changes nothing of the checkout."""
    for volume in SERVICES[name].get("volumes", []):
        if isinstance(volume, str) and volume.startswith("."):
            assert volume.endswith(":ro")


def test_the_network_of_redis_has_no_way_in_or_out():
    """Redis is on the internal network alone; whoever needs the world has a network beside it."""
    assert COMPOSE["networks"]["backend"]["internal"] is True
    assert SERVICES["redis"]["networks"] == ["backend"]
    for name in ("clean", "tag", "alert", "monitor", "redis-exporter"):
        assert SERVICES[name]["networks"] == ["backend"]


def test_there_is_no_password_in_the_files():
    """Passwords are made at the first start; neither file holds one, nor a place to put one."""
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / ".env.example").read_text()

    assert not re.search(r"(?i)(password|secret|token)\w*\s*[=:]\s*[\"']?(admin|changeme|tocsin|redis|\$\{)", text)
    for name, service in SERVICES.items():
        for key, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN", key):
                assert key.endswith("FILE") and str(value).startswith("/"), (name, key)


def test_every_variable_has_a_line_in_the_example_and_the_same_default():
    """What can be set is found in .env.example, and copying it changes nothing."""
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (ROOT / "docker-compose.yml").read_text()))

    assert used == {name: value for name, value in EXAMPLE.items() if name != "COMPOSE_PROFILES"}


def test_the_example_turns_monitoring_on():
    """One copied file brings up the whole stack."""
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", ())}

    assert profiles == {EXAMPLE["COMPOSE_PROFILES"]} == {"monitoring"}


def test_every_tocsin_variable_is_a_setting():
    """A typo would stop every process from starting; `tocsin run` on the host reads the same .env."""
    known = {name for settings in settings_classes() for name in names_of(settings)} | set(ALSO_KNOWN)
    given = {key for service in SERVICES.values() for key in (service.get("environment") or {})} | set(EXAMPLE)

    assert {name for name in given if name.startswith("TOCSIN_")} <= known


def test_every_stage_is_the_same_image_with_a_health_module():
    """One image, many roles; no tool is needed that the image lacks."""
    stages = {name: s for name, s in SERVICES.items() if s["image"].startswith("tocsin:")}

    assert set(stages) == {"produce", "clean", "tag", "alert", "deliver", "monitor"}
    for service in stages.values():
        assert service["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "runtime.health"]
        assert service["init"] is True
        assert service["build"] == stages["clean"]["build"]


def test_the_dockerfile_needs_no_other_frontend_and_ends_as_a_user():
    """Two stages, a virtual environment, hashes, a user with a number, an exact base."""
    assert "# syntax=" not in DOCKERFILE
    assert len(re.findall(r"^FROM \$\{PYTHON_IMAGE\}", DOCKERFILE, re.MULTILINE)) == 2
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE and "COPY --from=build /opt/venv /opt/venv" in DOCKERFILE
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert "curl" not in DOCKERFILE and "wget" not in DOCKERFILE


def test_what_the_image_is_made_of_is_sent_to_the_engine():
    """Every COPY from the checkout has its line in the ignore file's exceptions."""
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / "deploy/Dockerfile.dockerignore").read_text(), re.MULTILINE))
    copies = re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)

    assert {source for copy in copies for source in copy.split()[:-1]} == allowed
    assert all((ROOT / source).exists() for source in allowed)
