"""`python -m tests.pages.helps`: what each benchmark of the pages says when it is asked for help, in one process.

The modules take seconds to load, and most of that is what they share.
"""

import re
import runpy
import sys
from contextlib import suppress

from tests.pages.reading import PAGES


def main() -> None:
    shown = {name for text in PAGES.values() for name in re.findall(r"python -m (benchmarks\.[\w.]+)", text)}
    for name in sorted(shown):
        sys.argv = [name, "--help"]
        sys.stdout.write(f"\n\x1e{name}\n")
        with suppress(SystemExit):
            runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
