"""The commands of the pages that need an engine, and where each is tried: none is shown that nobody runs.

`tests/contract/test_operate_commands.py` fails when a command of docs/operate.md, or one of another page that needs an
engine, has no row here, or a row has no command.
"""

import re
import shlex

HERE = "here"  # run by the test itself, on a server of its own
AS_WRITTEN = "standing.the_guide_holds"  # run by verify-compose, word for word
RUNBOOKS = "trouble.the_runbooks_hold"  # the same for deploy/runbooks
NOBODY = "nobody: "
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
HEREDOC = re.compile(r"<<'(\w+)'.*?\n\1(?:\n|$)", re.DOTALL)
IN_A_LINE = re.compile(r"`(docker [^`\n]+)`")
# What a command begins with, and who tries it: HERE, a check of verify-compose, a file, or why nobody does.
TRIED: tuple[tuple[str, str], ...] = (
    (r"cp \.env\.example \.env", "standing.is_up"),
    (r"docker compose up -d --wait$", "standing.is_up"),
    (r"curl .*/v1/pages", AS_WRITTEN),
    (r"docker compose ps", f"{AS_WRITTEN} {RUNBOOKS}"),
    (r"docker compose logs|docker inspect ", RUNBOOKS),
    (r"docker compose (restart|kill) ", RUNBOOKS),
    (r"docker compose up -d (--scale|--force-recreate|redis$)", RUNBOOKS),
    (r"docker compose exec redis sh -c '.* (--bigkeys|INFO persistence)", RUNBOOKS),
    (r"docker compose exec monitor tocsin dead show ID", HERE),
    (r"docker compose exec (monitor|alert) tocsin ", f"{HERE} {AS_WRITTEN} {RUNBOOKS}"),
    (r"docker compose exec produce python -c .import socket", "nobody: asks for a name on the internet"),
    (r"docker compose exec redis sh -c '.* XLEN ", AS_WRITTEN),
    (r"docker compose exec grafana cat ", AS_WRITTEN),
    (r"docker compose exec deliver python -c ", f"{HERE} {AS_WRITTEN}"),
    (r"docker compose up -d --no-recreate --wait --scale ", "trouble.scales_up_and_down"),
    (r"docker compose exec redis sh -c '.* CONFIG SET auto-aof", AS_WRITTEN),
    (r"docker compose exec -T redis sh -c 'tar ", "trouble.is_backed_up_and_restored"),
    (r"docker compose down$", "trouble.is_backed_up_and_restored"),
    (r"docker volume rm tocsin_redis-data", "trouble.is_backed_up_and_restored"),
    (r"docker compose run --rm -T ", "trouble.is_backed_up_and_restored"),
    (r"sed -i .*IMAGE_TAG", "trouble.upgrades_without_loss"),
    (r"docker compose build clean", "trouble.upgrades_without_loss"),
    (r"docker build ", "checks.verify"),
    (r"docker sbom", "nobody: a tool beside the engine, named as one to choose"),
    (r"docker compose config", "checks.verify"),
    (r"docker compose exec redis cat /run/secrets/", "trouble.comes_back_from_everything_stopped"),
    (r"docker compose -f docker-compose.yml -f docker-compose.cluster.yml up", "cluster.cluster_is_up"),
    (r"promtool check metrics", "standing.metrics_are_clean"),
    (r"redis-cli ", "nobody: an administrator's tool, which the server that comes with tocsin does not bring"),
    (r"for service in alert tag clean deliver produce monitor", "trouble.upgrades_without_loss"),
    (r"docker compose stop", "trouble.stops_cleanly"),
    (r"docker compose down -v", "checks.verify"),
    (r"kubectl apply -k ", "nobody: rendered and held against schemas by deploy/verify/kubernetes.py; no cluster here"),
    (r"kubectl (-n tocsin )?create ", "nobody: there is no Kubernetes here"),
    (r"make verify-prometheus", "tests/contract/test_prometheus.py"),
    (r"make verify-compose", "checks.verify"),
)


def commands(guide: str) -> list[str]:
    """Return the commands of a document's `sh` blocks, in order, without their comments; a loop is one command."""
    return [command for block in BLOCK.findall(guide) for command in commands_of(block)]


def commands_of(block: str) -> list[str]:
    """Return the commands of one block, in order, without their comments; what is given to one belongs to it."""
    found: list[str] = []
    open_lines: list[str] = []
    for line in block.splitlines():
        open_lines.append(line)
        text = "\n".join(open_lines)
        if _is_whole(text):
            found.append(_without_remark(text))
            open_lines = []
    assert not open_lines, f"a command without an end: {open_lines}"
    return [command for command in found if command]


def in_a_line(guide: str) -> list[str]:
    """Return the commands for the engine that stand in a document's lines."""
    return IN_A_LINE.findall(BLOCK.sub("", guide))


def _without_remark(text: str) -> str:
    """Return the command before the first `#` that stands outside of quotations, on its last line."""
    for remark in re.finditer(r"(?:^|\s)#(?=[^\n]*\Z)", text):
        if _is_whole(text[: remark.start()]):
            return text[: remark.start()].strip()
    return text.strip()


def _is_whole(text: str) -> bool:
    if text.lstrip().startswith("#"):
        return True
    try:
        words = shlex.split(HEREDOC.sub("", text), comments=True)
    except ValueError:  # a quotation that goes on in the next line
        return False
    return words.count("do") <= words.count("done") and not any(word.startswith("<<") for word in words)


def tried_by(command: str) -> list[str]:
    """Return who tries a command, none when the table says why nobody does; raises KeyError when it says nothing."""
    for begins, who in TRIED:
        if re.match(begins, command):
            return [] if who.startswith(NOBODY) else who.split()
    raise KeyError(command)
