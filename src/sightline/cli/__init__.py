"""Verbs for people; one file each, found by name, each with `add(subparsers)` and `run(args)`."""

import argparse
import importlib
import pkgutil
import sys

from sightline import __version__
from sightline.core.errors import SightlineError


def main(argv: list[str] | None = None) -> None:
    """Run the `sightline` command and exit with its code."""
    parser = argparse.ArgumentParser(
        prog="sightline", description="LLM observability and evaluation in one process"
    )
    parser.add_argument("--version", action="version", version=f"sightline {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if not info.name.startswith("_"):
            importlib.import_module(f"{__name__}.{info.name}").add(verbs)
    args = parser.parse_args(argv)
    try:
        code = args.run(args)
    except SightlineError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        sys.stderr.close()
        code = 0
    sys.exit(code or 0)
