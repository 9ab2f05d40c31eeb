"""Brings up the project's real Compose file, checks it end to end, and takes it down: `make verify-compose`.

Run by deploy/verify/run.sh. The groups of checks stand in the order of the tables below; VERIFY_ONLY=standing,trouble
or the names of single checks choose some of them.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence

from deploy.verify import standing, trouble
from deploy.verify.lab import Compose, sh

Check = Callable[[Compose], None]

STANDING: tuple[Check, ...] = (
    standing.is_up,
    standing.is_hardened,
    standing.has_limits,
    standing.only_pages_are_published,
    standing.the_backend_is_closed,
    standing.has_no_password_in_the_open,
    standing.is_scraped,
    standing.metrics_are_clean,
    standing.seeds_ring,
    standing.dated_pages_ring,
    standing.all_of_thousands_ring_once,
    standing.every_panel_has_data,
    standing.every_rule_is_alive,
    standing.nothing_is_wrong,
    standing.a_bad_rule_changes_nothing,
    standing.the_guide_holds,
)
TROUBLE: tuple[Check, ...] = (
    trouble.a_receiver_fails,
    trouble.canary_is_missed,
    trouble.survives_kills,
    trouble.survives_redis_killed,
    trouble.survives_a_lost_group,
    trouble.scales_up_and_down,
    trouble.restarts_a_stuck_stage,
    trouble.the_failing_receiver_rings,
    trouble.endures_a_full_redis,
    trouble.an_oversized_worker_is_ended_alone,
    trouble.upgrades_without_loss,
    trouble.the_runbooks_hold,
    trouble.stops_cleanly,
    trouble.comes_back_from_everything_stopped,
    trouble.is_backed_up_and_restored,
)
GROUPS = {"standing": STANDING, "trouble": TROUBLE}


def chosen(only: str) -> list[Check]:
    """Return the checks to run; is_up always, because the others need it."""
    wanted = set(filter(None, only.split(",")))
    found = [
        check
        for group, checks in GROUPS.items()
        for check in checks
        if not wanted or group in wanted or check.__name__ in wanted
    ]
    return found if standing.is_up in found else [standing.is_up, *found]


class Report:
    """Prints each check as it ends, and counts."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.passed: list[str] = []
        self.failed: list[str] = []

    def run(self, name: str, check: Callable[[], None]) -> bool:
        """Run one check; a failure is shown and counted, and the next ones run all the same."""
        began = time.monotonic()
        why = ""
        try:
            check()
        except Exception as error:  # a check may fail in any way, and none may hide the others
            why = f"{type(error).__name__}: {error}"[-1600:]
        (self.failed if why else self.passed).append(name)
        now = time.monotonic()
        print(f"[{now - self.started:6.1f}s] {'FAIL' if why else 'ok  '} {name} ({now - began:.1f} s)", flush=True)
        for line in why.splitlines():
            print(f"           {line}", flush=True)
        return not why

    def end(self) -> int:
        """Say how many checks passed, and which did not; returns 0 when all have."""
        print(f"{len(self.passed)} passed, {len(self.failed)} failed in {time.monotonic() - self.started:.0f} s")
        for name in self.failed:
            print("  failed:", name)
        return 1 if self.failed else 0


def verify(compose: Compose, checks: Sequence[Check]) -> int:
    """Bring a stack up from nothing, run checks of which the first brings it up, take it down; 0 when all passed."""
    report = Report()
    print("engine", sh("docker", "version", "--format", "{{.Server.Version}}"), end=", ")
    print("compose", sh("docker", "compose", "version", "--short"), flush=True)
    compose.prepare()
    compose("down", "-v", "--remove-orphans", "--timeout", "5", check=False)  # what an earlier run was told to keep
    try:
        sound = report.run("the file is valid", lambda: compose("config", "-q") and None)
        sound = sound and report.run(
            "the image builds", lambda: compose("build", "--quiet", "clean", timeout=1200) and None
        )
        print(f"           {sh('docker', 'images', 'tocsin', '--format', '{{.Repository}}:{{.Tag}} {{.Size}}')}")
        for check in checks if sound else ():
            doc = (check.__doc__ or "").split("\n")[0]
            good = report.run(f"{check.__name__.replace('_', ' ')}: {doc}", lambda c=check: c(compose))
            if check is checks[0] and not good:
                print(compose("ps", "-a", check=False), compose("logs", "--tail=5", check=False)[-4000:], sep="\n")
                break
    finally:
        if not os.environ.get("VERIFY_KEEP"):
            compose("down", "-v", "--timeout", "10", check=False)
    return report.end()


def main() -> int:
    """Return 0 when every check has passed."""
    return verify(Compose(), chosen(os.environ.get("VERIFY_ONLY", "")))


if __name__ == "__main__":
    sys.exit(main())
