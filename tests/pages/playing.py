"""Commands of the pages, played: each page in its order, in a checkout of its own, beside the one session."""

import re
import shlex
from typing import NamedTuple

from typer.testing import CliRunner

from services.cli.app import build
from tests.pages.reading import PAGES, Step, steps
from tests.pages.session import Said, Session
from tests.pages.table import FILES, OF_ITS_OWN, SESSION, needs_engine, not_run, says, short_form, typed

MARK = "\n\x1e"  # between what two commands of a block print
ASKS = re.compile(r"(tocsin|python|make|node|java) [^>]*$")  # leaves nothing on its page: asked once for all pages
SETS = re.compile(r"[A-Z_]+=")  # a variable of the shell
STEPS = [step for page, text in PAGES.items() for step in steps(page, text, FILES.get(page, ()))]


class Case(NamedTuple):
    """A command to be run: the step it stands in, and its place there."""

    step: Step
    at: int

    @property
    def command(self) -> str:
        """What is run of it here."""
        return typed(self.step.commands[self.at])


EVERY = [Case(step, at) for step in STEPS for at in range(len(step.commands))]
CASES = [
    case
    for case in EVERY
    if case.command not in SESSION
    and not needs_engine(case.command)
    and (not_run(case.command) is None or short_form(case.command))
]


def helped(command: str) -> Said:
    """Return what `tocsin … --help` prints; asked in this process, where everything is loaded."""
    done = CliRunner().invoke(build(), shlex.split(command)[1:], env={"COLUMNS": "200"})
    return Said(done.exit_code, done.output)


class Played:
    """The steps that were run, each once, those before it on its page first."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.said: dict[Step, list[Said]] = {}
        self.alone: dict[str, Said] = {}  # by the command, and its page where that matters

    def of(self, case: Case) -> Said:
        """Return what a command said."""
        for step in STEPS:
            if step.page == case.step.page and step not in self.said:
                self.said[step] = self._play(step)
            if step == case.step:
                break
        return self.said[case.step][case.at]

    def _play(self, step: Step) -> list[Said]:
        if step.file:
            file = self.session.folder(step.page) / step.file
            file.write_text(self.session.written(step.content), encoding="utf-8")
        if step.is_block:
            return self._block(step)
        return [self._one(step.page, typed(command)) for command in step.commands]

    def _block(self, step: Step) -> list[Said]:
        """Run a block: in one shell when it sets what the next lines use, else line by line."""
        commands = [typed(command) for command in step.commands]
        if not any(SETS.match(one) for one in commands):
            return [self._one(step.page, one) for one in commands]
        script = "".join(f"{self.session.written(one)}\nprintf '{MARK}'\n" for one in commands)
        done = self.session.run(step.page, script)
        parts = done.text.split(MARK)
        lost = Said(1, "not reached, because a command before it failed")
        ended = [Said(0, text) for text in parts[:-1]] + [Said(done.code, parts[-1])] * bool(done.code)
        return [*ended, *[lost] * len(commands)][: len(commands)]

    def _one(self, page: str, command: str) -> Said:
        here = self.session.written(short_form(command) or command)
        environ = {name: self.session.written(value) for name, value in OF_ITS_OWN.get(command, {}).items()}
        if needs_engine(command) or command in SESSION or (not_run(command) and not short_form(command)):
            return Said(0, "")
        key = here if ASKS.match(here) else f"{page}: {here}"
        if key not in self.alone:
            if here.startswith("tocsin ") and here.endswith(" --help"):
                self.alone[key] = helped(here)
            elif wanted := says(command):
                self.alone[key] = self.session.run_until(page, here, wanted, environ)
            else:
                self.alone[key] = self.session.run(page, here, environ)
        return self.alone[key]
