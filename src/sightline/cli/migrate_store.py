"""`sightline migrate-store`: an embedded installation into ClickHouse, Postgres and a bucket."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.core.errors import ConfigurationError

PARTS = ("blobs", "analytics", "catalog")
_BROKEN_OFF = (
    "Broken off; the same command goes on where this was. "
    "Ctrl-C once more leaves a store that does not answer."
)


def add(verbs: Any) -> None:
    parser = verbs.add_parser(
        "migrate-store",
        help="move the embedded stores to where the settings say",
        description="Moves what a data folder holds into the stores that analytics.dsn, "
        "catalog.url and blobs.url name, whichever are set: in the environment, in "
        "sightline.toml, or in the file of --to. What was broken off goes on. The folder stays.",
    )
    parser.add_argument("--data", help="the folder to move (default ./sightline-data)")
    parser.add_argument("--to", metavar="FILE", help="read this file instead of sightline.toml")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="move this store alone; may be repeated"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be moved")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Move part after part, the catalog last: until then a new server shows nothing of it."""
    import asyncio

    from sightline.cli import _running
    from sightline.core import log
    from sightline.settings import load

    file = Path(args.to) if args.to else None
    if file is not None and not file.is_file():
        raise ConfigurationError(f"There is no file `{file}`")
    settings = load({"server.data": args.data}, file=file).settings
    log.setup("warning", as_json=False)
    folder = Path(settings.server.data).resolve()
    parts = _parts(settings, args.only)
    if not (folder / "catalog.db").exists() and not (folder / "analytics").exists():
        raise ConfigurationError(
            f"There is no Sightline data in `{folder}`", hint="Name its folder with --data"
        )
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_held(folder))
        except BlockingIOError:
            _running.refuse_running(settings, "nothing was moved")
            raise
        return asyncio.run(_move(settings, folder, parts, is_dry=args.dry_run))


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep servers off the folder, and tell them why."""
    from sightline.cli import _running

    lock = folder / "lock"
    # One that no server had open has no lock yet.
    lock.touch(0o600)
    with _running.held(folder):
        lock.write_text(f"process {os.getpid()}, which moves it\n", encoding="utf-8")
        try:
            yield
        finally:
            lock.write_text("", encoding="utf-8")


def _parts(settings: Any, only: list[str] | None) -> list[str]:
    """Return what is to be moved: each part that the settings place outside the folder."""
    from sightline.cli._moving import NAMES, address

    named = [part for part in PARTS if address(settings, part)]
    for part in only or ():
        if part not in named:
            raise ConfigurationError(
                f"`{NAMES[part]}` is not set, so it is not known where to move that",
                hint="Set it to what the new server will have",
            )
    parts = [part for part in PARTS if part in (only or named)]
    if not parts:
        raise ConfigurationError(
            "No store outside the data folder is named, so there is nothing to move",
            hint=f"Set {', '.join(NAMES.values())} or some of them, as the new server will have",
        )
    return parts


async def _move(settings: Any, folder: Path, parts: list[str], *, is_dry: bool) -> int:
    import asyncio

    from sightline.cli import _moving
    from sightline.core.ids import new_id
    from sightline.services.moving.state import StateFile

    state = StateFile(folder, new_id().hex())
    with contextlib.ExitStack() as open_stores:
        sources = _moving.Sources.open(settings, folder, parts, open_stores)
        if is_dry:
            _print(await sources.sizes())
            print("\nNothing was moved, and the new stores were not asked.")
            return 0
        named = [_moving.part_named(p, settings, sources, state, open_stores) for p in parts]
        todo = [part for part in named if not await _is_done(part, parts, state)]
        for one in todo:
            await one.check()
        rows = []
        with _progress() as say:
            try:
                for one in todo:
                    rows += await one.move(say)
            except asyncio.CancelledError:
                say(_BROKEN_OFF, is_news=True)
                raise
        if rows:
            _print(rows)
            print("\nAll is there, each row and object the same.", end=" ")
    print(_moving.how_to_start(settings, folder, parts))
    return 0


async def _is_done(part: Any, parts: list[str], state: Any) -> bool:
    """Say whether a part is there as it is in the folder.

    Raises `ConfigurationError` where it was moved, the new servers may use it, and the folder has
    something else by now.
    """
    if not state.is_finished(part.name, part.place):
        return False
    if not state.has_changed(part.name, await part.mark()):
        print(f"{part.name}: moved to {part.place} already; left as it is")
        return True
    # Until the catalog is there no new server shows anything.
    is_open = "catalog" in parts and not state.is_finished("catalog", _place_of("catalog", state))
    if not is_open:
        raise ConfigurationError(
            f"{part.name} in the folder has changed since it was moved to {part.place}; "
            "nothing was moved",
            hint="What the old server took since then is in the folder alone. To move all of it, "
            f"empty the new stores and remove {state.path}",
        )
    state.begin(part.name, part.place)
    print(f"{part.name} in the folder has changed; moved again")
    return False


def _place_of(part: str, state: Any) -> str:
    known = state.now.parts.get(part)
    return known.place if known is not None else ""


def _print(rows: list[Any]) -> None:
    width = max(len(row.what) for row in rows)
    print(f"{'what':<{width}}  {'rows, objects':>15}  {'MB':>12}")
    for row in rows:
        print(f"{row.what:<{width}}  {row.count:>15,}  {row.bytes / 1e6:>12,.1f}  {row.note}")


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    """Say on standard error how far it is: on a terminal in one line, else a line now and then."""
    import time

    is_terminal = sys.stderr.isatty()
    last = -1e9

    def say(text: str, *, is_news: bool = False) -> None:
        nonlocal last
        now = time.monotonic()
        if not is_news and now - last < (0.2 if is_terminal else 5):
            return
        last = now
        before, after = ("\r\033[K", "\n" if is_news else "") if is_terminal else ("", "\n")
        sys.stderr.write(f"{before}{text}{after}")
        sys.stderr.flush()

    try:
        yield say
    finally:
        if is_terminal:
            sys.stderr.write("\r\033[K")
