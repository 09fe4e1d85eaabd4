"""`sightline doctor`: what is configured, what is wrong and how to mend it. Changes nothing."""

import argparse
import contextlib
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sightline.cli import _damage, _machine, _process
from sightline.cli._machine import Finding
from sightline.core.errors import SightlineError

# What `/health` may say is wrong, and what to do.
_FAULTS = {
    "disk_full": ("its disk is full: writes are answered 507", "Make room; see `disk`"),
    "disk_out_of_inodes": ("its disk has no inodes: writes are answered 507", "See `disk`"),
    "disk_read_only": (
        "its disk is read-only: writes are answered 503",
        "dmesg says why; mount it for writing. After an error of the disk: stop, check, start",
    ),
    "disk_gone": ("its data folder cannot be reached", "Mount its disk again, and restart it"),
    "clock_set_back": (
        "the machine's clock is behind what is stored; its own goes on from there",
        "Set the machine's clock right (NTP)",
    ),
    "damaged_parts": (
        "some of what is stored is damaged; the rest is served. Its log names the parts",
        "Stop it and run `sightline doctor --deep`, which says of each what to do",
    ),
}

# A server in the same network says its version within some milliseconds.
_SLOW_S = 2.0

Check = Callable[[Any, Any], Iterator[Finding]]


def add(verbs: Any) -> None:
    parser = verbs.add_parser("doctor", help="say what is wrong and how to mend it")
    parser.add_argument("--host", help="the address that serve would get")
    parser.add_argument("--port", type=int, help="the port that serve would get")
    parser.add_argument("--data", help="folder of the embedded stores (default ./sightline-data)")
    parser.add_argument("--role", help="what the process would do: api, gateway, worker")
    parser.add_argument(
        "--deep",
        action="store_true",
        help="also read all that is stored and compare its checksums; the server must be stopped",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit code 1 when one is a problem."""
    from sightline import __version__

    system = f"{platform.system()} {platform.release()}"
    print(f"Sightline {__version__}, Python {platform.python_version()}, {system}\n")
    problems = 0
    for finding in examine(args):
        problems += finding.level == "problem"
        print(f"{finding.level:<8}  {finding.subject:<12}  {finding.text}")
        if finding.mend:
            print(f"{'':<8}  {'':<12}  -> {finding.mend}")
    print(f"\n{problems or 'No'} problem{'' if problems == 1 else 's'}")
    return 1 if problems else 0


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Yield what is found, cheapest first."""
    from sightline.cli._running import find
    from sightline.settings import load

    try:
        flags = {
            "server.host": args.host,
            "server.port": args.port,
            "server.data": args.data,
            "server.role": getattr(args, "role", None),
        }
        loaded = load(flags)
    except SightlineError as error:
        yield Finding("problem", "settings", error.message, error.hint or "")
        return
    set_ = [f"{path} ({source})" for path, source in sorted(loaded.sources.items())]
    yield Finding("ok", "settings", f"set: {', '.join(set_)}" if set_ else "all at their defaults")
    running = find(loaded.settings)
    checks: tuple[Check, ...] = (
        _role,
        _server,
        _process.process,
        _folder,
        _machine.disk,
        _clock,
        _catalog,
        _analytics,
        _damage.parts,
        *((_damage.deep,) if getattr(args, "deep", False) else ()),
        _damage.spool,
        _damage.journal,
        _blobs,
        _machine.address,
        _machine.memory,
        _machine.files,
    )
    for check in checks:
        try:
            yield from check(loaded.settings, running)
        except SightlineError as error:
            yield Finding("problem", check.__name__.strip("_"), error.message, error.hint or "")
        except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
            yield Finding("problem", check.__name__.strip("_"), f"could not be checked: {error!r}")


def _server(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline import __version__
    from sightline.cli._running import health

    if running is None:
        yield Finding("ok", "server", "none runs on this data folder")
        return
    if running.url is None:
        yield Finding(
            "warning",
            "server",
            f"{running} holds the data folder and listens nowhere",
            "It may be starting or stopping; look again in a few seconds",
        )
        return
    try:
        found = health(running.url)
    except OSError as error:
        why, mend = _process.health_mend(running.pid)
        text = f"{running} does not answer /health: {error}"
        yield Finding("problem", "server", f"{text}; it is {why}" if why else text, mend)
        return
    version, role = found.get("version", "?"), found.get("role", "?")
    yield Finding("ok", "server", f"{running} is well, version {version}, role {role}")
    for fault in found.get("faults", ()):
        yield Finding("problem", "server", *_FAULTS.get(fault, (f"it says {fault}", "")))
    if version != __version__:
        yield Finding(
            "warning",
            "server",
            f"this command is version {__version__}, the server {version}",
            "Restart the server to run the version that is installed",
        )


def _role(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.domain.process_roles import ALL, shown
    from sightline.settings import check_shared

    check_shared(settings)
    missing = [role for role in ALL if role not in settings.roles]
    text = shown(settings.roles)
    if missing:
        text += f"; other processes must be {' and '.join(missing)}"
    yield Finding("ok", "role", text)


def _folder(settings: Any, running: Any) -> Iterator[Finding]:
    folder = Path(settings.server.data).resolve()
    if not folder.exists():
        parent = next(p for p in folder.parents if p.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            yield Finding("ok", "data folder", f"{folder} will be made by the first start")
        else:
            yield Finding(
                "problem",
                "data folder",
                f"{folder} cannot be made: {parent} is not writable",
                "Name another folder with --data, or let this user write there",
            )
        return
    paths = [folder, *(p for p in folder.iterdir() if p.name in {"lock", "catalog.db"})]
    closed = [str(p) for p in paths if not os.access(p, os.R_OK | os.W_OK)]
    if closed:
        yield Finding(
            "problem",
            "data folder",
            f"this user cannot write {', '.join(closed)}",
            f"Run Sightline as the owner, user id {folder.stat().st_uid}, or change the owner",
        )
    elif folder.stat().st_mode & 0o077:
        yield Finding(
            "warning",
            "data folder",
            f"{folder} is open to other users of this machine",
            f"chmod 700 {folder}",
        )
    else:
        yield Finding("ok", "data folder", str(folder))


def _clock(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.stores.catalog.engine import Catalog
    from sightline.stores.catalog.server_time import FAR_OFF_US, shared_clock

    if settings.catalog_url.startswith("sqlite"):
        yield from _damage.clock(settings, running)
        return
    catalog = Catalog.open(settings.catalog_url)
    try:
        shared = shared_clock(catalog)
    except SightlineError:
        # `catalog` says why.
        return
    finally:
        catalog.close()
    ahead_us = 0 if shared is None else shared.machine_ahead_us()
    if abs(ahead_us) > FAR_OFF_US:
        where = "ahead of" if ahead_us > 0 else "behind"
        yield Finding(
            "warning",
            "clock",
            f"this machine's is {abs(ahead_us) / 1e6:,.0f} seconds {where} that of Postgres",
            "Set the clocks of both machines right (NTP). Until then Sightline goes by Postgres'",
        )
    else:
        yield Finding("ok", "clock", "as that of Postgres, by which all processes go")


def _catalog(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.cli._stores import catalog_exists, catalog_versions, locked_by
    from sightline.core.clock import SystemClock
    from sightline.services.workspace.api_keys import any_active_sync
    from sightline.stores.catalog.engine import Catalog

    if (holder := locked_by(settings, running)) is not None:
        yield Finding(
            "problem",
            "catalog",
            f"{holder} holds it locked: what writes to it is answered 503",
            "End that process; nothing but Sightline should have catalog.db open",
        )
    versions = catalog_versions(settings)
    yield _versions("catalog", versions)
    has_keys = False
    if versions.found is not None and not versions.is_newer and catalog_exists(settings):
        catalog = Catalog.open(settings.catalog_url)
        try:
            if settings.catalog_url.startswith("sqlite"):
                check = catalog.read_sync(
                    lambda c: c.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                )
                if check != "ok":
                    yield Finding(
                        "problem",
                        "catalog",
                        f"it is damaged: {check}",
                        "Stop the server and restore a backup",
                    )
            has_keys = any_active_sync(catalog, SystemClock())
        finally:
            catalog.close()
    yield from _keys(settings, has_keys=has_keys)


def _keys(settings: Any, *, has_keys: bool) -> Iterator[Finding]:
    mode, host = settings.auth.keys, settings.server.host
    is_local = host in {"127.0.0.1", "localhost", "::1"}
    make = "Run `sightline keys create --workspace default`"
    if not is_local and mode == "off":
        yield Finding(
            "problem",
            "keys",
            f"auth.keys is off and server.host is {host}: serve refuses that",
            "Set auth.keys to auto, or listen on 127.0.0.1",
        )
    elif not is_local and not has_keys:
        yield Finding(
            "problem",
            "keys",
            f"there is no key and server.host is {host}: serve refuses that",
            f"{make}, or listen on 127.0.0.1",
        )
    elif mode == "on" and not has_keys:
        yield Finding(
            "warning", "keys", "auth.keys is on and there is no key: nobody gets in", make
        )
    elif mode == "off":
        yield Finding("ok", "keys", "off: whoever reaches this machine's loopback may do all")
    elif has_keys:
        yield Finding("ok", "keys", "asked for")
    else:
        yield Finding("ok", "keys", "none made, none asked for (this machine only)")


def _analytics(settings: Any, running: Any) -> Iterator[Finding]:
    from sightline.cli._running import held
    from sightline.cli._stores import analytics_versions

    is_embedded = settings.analytics_dsn.startswith("chdb:")
    if is_embedded and running is not None:
        yield Finding("ok", "analytics", f"open in {running}; /health has asked it")
        return
    with contextlib.ExitStack() as stack:
        if is_embedded:
            # A server that starts while we look would find the engine taken.
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(held(Path(settings.server.data)))
        begun = time.monotonic()
        versions = analytics_versions(settings)
        took_s = time.monotonic() - begun
    yield _versions("analytics", versions)
    if not is_embedded and took_s > _SLOW_S:
        yield Finding(
            "warning",
            "analytics",
            f"the ClickHouse server took {took_s:.0f} s to say its version",
            "Look at its system.processes and system.merges, and at the network between",
        )


def _versions(subject: str, versions: Any) -> Finding:
    if versions.is_newer:
        return Finding(
            "problem",
            subject,
            f"at {versions.found}; this program knows {versions.known} at most",
            "Start the newer version again, or restore a backup made before the upgrade",
        )
    if versions.found is None:
        return Finding("ok", subject, "empty; the first start makes it")
    if versions.is_older:
        return Finding(
            "warning",
            subject,
            f"at {versions.found}; the next start brings it to {versions.known}",
            "Take a backup first: `sightline backup --to FILE.tar`",
        )
    return Finding("ok", subject, f"at {versions.found}, as this program wants it")


def _blobs(settings: Any, running: Any) -> Iterator[Finding]:
    url = settings.blobs_url
    if "://" in url and not url.startswith("file://"):
        from sightline.stores.blobs import Blobs

        # Raises what is wrong, as a start would.
        Blobs.open(url)
        yield Finding("ok", "blobs", f"the {url.partition('://')[0]} bucket answers")
        return
    folder = Path(url.removeprefix("file://"))
    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("problem", "blobs", f"this user cannot write {folder}", "Change its owner")
    else:
        yield Finding("ok", "blobs", str(folder))
