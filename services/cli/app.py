"""The `tocsin` command: one function per subcommand; what they do stands in the files beside this one."""

import logging
import os
import sys
from typing import Annotated

import typer

from runtime.errors import Misconfigured
from services.cli import actors, config, dead, filters, push, run, sources, status, tail

EX_CONFIG = 78  # sysexits.h: something is configured in an unfit way
EX_PIPE = 141  # what a shell reports for a program whose reader went away

app = typer.Typer(
    name="tocsin",
    help="A streaming news monitor: pages in, alerts out when watched actors co-occur.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("run")(run.command)
app.command("push")(push.command)
app.command("tail")(tail.command)
app.command("status")(status.command)
app.command("config")(config.command)
app.command("clean")(filters.clean)
app.command("tag")(filters.tag)
app.command("match")(filters.match)
app.add_typer(dead.app, name="dead")
app.add_typer(actors.app, name="actors")
app.add_typer(sources.app, name="sources")


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """A streaming news monitor: pages in, alerts out when watched actors co-occur."""
    if version:
        from importlib.metadata import version as version_of  # noqa: PLC0415  (slow, and seldom wanted)

        print("tocsin", version_of("tocsin"))
        raise typer.Exit


def main() -> None:
    """Run the command line; a wrong setup is told in plain words, never as a traceback."""
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except Misconfigured as error:
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EX_PIPE)
    except KeyboardInterrupt:
        sys.exit(130)
