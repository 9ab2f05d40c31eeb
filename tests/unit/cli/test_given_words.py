"""Words that a person gives on the command line: understood, or told what was expected."""

from datetime import UTC, datetime

import pytest

from runtime.errors import Misconfigured
from services.cli.rules import moment
from services.cli.run import workers_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("given", ["", "h", "yesterday", "²h", "-1h"])
def test_what_is_no_moment_is_told(given: str) -> None:
    with pytest.raises(Misconfigured, match=f"--since: expected 30m, 24h, 7d or a date .* found '{given}'"):
        moment(given, now=NOW)


@pytest.mark.parametrize("given", ["tag", "tag=", "tag=0", "tag=²", "tug=1"])
def test_what_is_no_number_of_workers_is_told(given: str) -> None:
    with pytest.raises(Misconfigured, match=f"--workers {given}: expected STAGE=N"):
        workers_of(("clean", "tag"), [given])
