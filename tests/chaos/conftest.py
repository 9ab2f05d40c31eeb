"""What the kill tests did, told at the end of the run: how much was pushed, and who was killed how often."""

import pytest

REPORT: list[str] = []


@pytest.fixture
def report() -> list[str]:
    return REPORT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in REPORT:
        terminalreporter.write_line(line)
