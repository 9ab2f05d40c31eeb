"""The commands of docs/operate.md, and where each is tried: none is shown that nobody runs.

`tests/contract/test_operate_commands.py` fails when a command of the guide has no row here, or a row has no command.
"""

import re
import shlex

HERE = "here"  # run by the test itself, on a server of its own
AS_WRITTEN = "standing.the_guide_holds"  # run by verify-compose, word for word
NOBODY = "nobody: "
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
# What a command begins with, and who tries it: HERE, a check of verify-compose, a file, or why nobody does.
TRIED: tuple[tuple[str, str], ...] = (
    (r"cp \.env\.example \.env", "standing.is_up"),
    (r"docker compose up -d --wait$", "standing.is_up"),
    (r"curl .*/v1/pages", AS_WRITTEN),
    (r"docker compose ps", AS_WRITTEN),
    (r"docker compose exec monitor tocsin ", f"{HERE} {AS_WRITTEN}"),
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
    found: list[str] = []
    for block in BLOCK.findall(guide):
        open_lines: list[str] = []
        for line in block.splitlines():
            open_lines.append(line)
            text = "\n".join(open_lines)
            if _is_whole(text):
                found.append(re.sub(r"\s+#[^'\"]*$|^#.*", "", text).strip())
                open_lines = []
        assert not open_lines, f"a command without an end: {open_lines}"
    return [command for command in found if command]


def _is_whole(text: str) -> bool:
    if text.lstrip().startswith("#"):
        return True
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # a quotation that goes on in the next line
        return False
    return words.count("do") <= words.count("done")


def tried_by(command: str) -> list[str]:
    """Return who tries a command, none when the table says why nobody does; raises KeyError when it says nothing."""
    for begins, who in TRIED:
        if re.match(begins, command):
            return [] if who.startswith(NOBODY) else who.split()
    raise KeyError(command)
