"""The `tocsin` command: one row a subcommand; what each does stands in the file named in its row."""

import importlib
import logging
import os
import sys
from typing import Annotated

import typer

from runtime.errors import Misconfigured, TocsinError

EX_CONFIG = 78  # sysexits.h: something is configured in an unfit way
EX_SOFTWARE = 70  # an error of ours
EX_PIPE = 141  # what a shell reports for a program whose reader went away

# Subcommand → where it is: `module:function`, or `module:app` for a group of subcommands.
COMMANDS = {
    "run": "run:command",
    "push": "push:command",
    "tail": "tail:command",
    "subscribe": "subscribe:command",
    "status": "status:command",
    "dead": "dead:app",
    "silences": "silences:app",
    "clean": "filters:clean",
    "tag": "filters:tag",
    "match": "filters:match",
    "rules": "rules:app",
    "verify": "rules:verify_alert",
    "feedback": "rules:give_feedback",
    "actors": "actors:app",
    "sources": "sources:app",
    "partitions": "partitions:command",
    "config": "config:command",
}


def build(only: str | None = None) -> typer.Typer:
    """Return the command line; with `only` one subcommand, so that `tocsin status` need not load the cleaner."""
    app = typer.Typer(
        name="tocsin",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(options)
    for name, place in COMMANDS.items():
        if only in (None, name):
            module, _, attribute = place.partition(":")
            found = getattr(importlib.import_module(f"services.cli.{module}"), attribute)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command(name)(found)
    return app


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
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        build(wanted if wanted in COMMANDS else "config" if wanted == "--version" else None)()
    except Misconfigured as error:
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    except TocsinError as error:
        print(f"tocsin: {error} ({error.reason})", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EX_PIPE)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("TOCSIN_LOG_LEVEL", "").lower() == "debug":
            raise
        what = f"{type(error).__name__}: {error}"
        print(f"tocsin: unexpected error: {what} (TOCSIN_LOG_LEVEL=debug shows where)", file=sys.stderr)
        sys.exit(EX_SOFTWARE)
