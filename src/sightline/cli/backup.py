"""`sightline backup`: the embedded stores as one file, while the server serves or rests."""

import argparse
import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.core.errors import ConfigurationError

# A freeze takes a second or so; then bytes flow.
_PATIENCE_S = 120
_CHUNK = 1 << 20


def add(verbs: Any) -> None:
    parser = verbs.add_parser("backup", help="copy the embedded stores into a file")
    parser.add_argument("--to", required=True, metavar="FILE", help="FILE.tar or FILE.tar.zst")
    parser.add_argument("--data", help="folder of the embedded stores (default ./sightline-data)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the backup beside its name, check it, then give it its name."""
    from sightline.cli import _archive, _running, _stores
    from sightline.settings import load

    settings = load({"server.data": args.data}).settings
    _stores.check_embedded(settings)
    target, folder = Path(args.to), Path(settings.server.data).resolve()
    if not target.name.endswith((".tar", ".tar.zst")):
        raise ConfigurationError("A backup's name must end in .tar or .tar.zst")
    if target.exists():
        raise ConfigurationError(f"`{target}` exists already")
    if not folder.is_dir():
        raise ConfigurationError(
            f"There is no data folder `{folder}`", hint="Name the right one with --data"
        )
    if folder in target.resolve().parents:
        raise ConfigurationError("A backup cannot lie within the data folder")
    begun = time.monotonic()
    running = _running.find(settings)
    partial = target.with_name(target.name + ".partial")
    try:
        with contextlib.closing(_archive.create(partial)) as file:
            for piece in _pieces(folder, running):
                file.write(piece)
        manifest = _archive.read(partial, _archive.digest_only)
        _sync(partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    how = f"from the server ({running})" if running else "while no server ran"
    print(
        f"{target}: {len(manifest.files):,} files of {manifest.bytes / 1e6:,.1f} MB, "
        f"{target.stat().st_size / 1e6:,.1f} MB in the file, read back and found whole, "
        f"{time.monotonic() - begun:.1f} s, {how}"
    )
    return 0


def _pieces(folder: Path, running: Any) -> Iterator[bytes]:
    from sightline.cli import _running
    from sightline.services.workspace import backup

    if running is None:
        # A folder that no server ever had open has no lock file to hold, and nobody to hold it.
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(_running.held(folder))
            snapshot = backup.take_resting(folder)
            stack.callback(snapshot.drop)
            yield from backup.archive(snapshot)
        return
    if running.url is None:
        raise ConfigurationError(
            f"`{folder}` is in use by {running}, which listens nowhere",
            hint="Wait until it has started, or stop it and back up then",
        )
    yield from _from_server(folder, running.url)


def _from_server(folder: Path, url: str) -> Iterator[bytes]:
    import http.client
    import json

    from sightline.cli import _running

    # To leave a file in the data folder proves that we might as well copy it ourselves.
    proof = secrets.token_hex(16)
    path = folder / f"operator-{proof}"
    try:
        path.touch(mode=0o600)
        headers = {"Sightline-Operator": proof}
        with _running.send(url, "POST", "/api/console/backup", headers, _PATIENCE_S) as answer:
            if answer.status != 200:
                body = answer.read()
                with contextlib.suppress(ValueError):
                    body = json.loads(body).get("detail", body)
                raise ConfigurationError(f"The server at {url} refuses: {body!s}")
            while chunk := answer.read(_CHUNK):
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise ConfigurationError(
            f"The server at {url} did not send the whole backup: {error!r}",
            hint="Its log says why; `sightline doctor` may help",
        ) from error
    finally:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    sys.stdout.flush()
    with path.open("rb") as file:
        os.fsync(file.fileno())
