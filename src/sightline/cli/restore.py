"""`sightline restore`: makes a data folder from a backup."""

import argparse
import shutil
from pathlib import Path
from typing import Any

from sightline.core.errors import ConfigurationError


def add(verbs: Any) -> None:
    parser = verbs.add_parser("restore", help="make a data folder from a backup")
    parser.add_argument(
        "--from", required=True, dest="source", metavar="FILE", help="a file that backup made"
    )
    parser.add_argument("--data", required=True, help="the folder to make; it must be empty")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Unpack beside the folder, check every byte, then put it in its place."""
    from sightline.cli import _archive
    from sightline.cli._running import refuse_running
    from sightline.services.rollups import STALE_ROLLUPS
    from sightline.settings import load

    settings = load({"server.data": args.data}).settings
    refuse_running(settings, "nothing was restored")
    source, folder = Path(args.source), Path(args.data).resolve()
    if not source.is_file():
        raise ConfigurationError(f"There is no file `{source}`")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(
            f"`{folder}` is not empty; nothing was restored",
            hint="Move it away, or name another folder with --data",
        )
    partial = folder.with_name(folder.name + ".partial")
    if partial.exists():
        raise ConfigurationError(
            f"`{partial}` is in the way", hint="Remove it: a restore that was broken off left it"
        )
    if _archive.free_bytes(folder) < source.stat().st_size:
        raise ConfigurationError(f"The disk of `{folder}` has less room than the backup needs")
    partial.mkdir(mode=0o700, parents=True)
    try:
        manifest = _archive.read(source, _archive.unpack(partial))
        # Tables were copied one after the other: what was added up may be of other rows.
        (partial / STALE_ROLLUPS).touch()
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(
        f"{folder}: {len(manifest.files):,} files of {manifest.bytes / 1e6:,.1f} MB, "
        f"each as it was\nServe it with: sightline serve --data {args.data}"
    )
    return 0
