"""Backup files as people keep them: a tar, or a tar in zstd by the name's ending."""

import hashlib
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from backports import zstd

from sightline.core.errors import ConfigurationError
from sightline.services.workspace.backup import FORMAT, HEAD, MANIFEST, Head, Manifest

_CHUNK = 1 << 20


def create(path: Path) -> IO[bytes]:
    """Open a new file that only its owner may read: a backup is as secret as the data."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    return _open(path, "wb")


def read(path: Path, keep: Callable[[tarfile.TarInfo, IO[bytes] | None], str | None]) -> Manifest:
    """Go through the archive once, hand each member to `keep`, and check what it kept.

    `keep` reads the member's bytes and returns their SHA-256. Raises `ConfigurationError` for a
    file that is no backup, is cut short, is broken, or is of a format this program cannot read.
    """
    found: dict[str, str] = {}
    links: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with _open(path, "rb") as raw, tarfile.open(fileobj=raw, mode="r|") as tar:
            first = tar.next()
            head = tar.extractfile(first) if first and first.name == HEAD else None
            if head is None:
                raise ConfigurationError(f"`{path}` is no backup of Sightline")
            _check_format(path, head.read())
            while member := tar.next():
                if member.name == MANIFEST:
                    last = tar.extractfile(member)
                    manifest = msgspec.json.decode(last.read() if last else b"", type=Manifest)
                    continue
                digest = keep(member, tar.extractfile(member) if member.isreg() else None)
                if digest is None:
                    links[member.name] = member.linkname
                else:
                    found[member.name] = digest
    except (tarfile.TarError, EOFError, msgspec.MsgspecError, zstd.ZstdError) as error:
        raise ConfigurationError(f"`{path}` is broken: {error}") from error
    if manifest is None:
        raise ConfigurationError(f"`{path}` is cut short", hint="Take the backup again")
    wrong = [name for name, digest in manifest.files.items() if found.get(name) != digest]
    if wrong or len(found) != len(manifest.files) or links != manifest.links:
        raise ConfigurationError(
            f"`{path}` is broken: {wrong[0] if wrong else 'files'} differ from its list"
        )
    return manifest


def digest_only(member: tarfile.TarInfo, data: IO[bytes] | None) -> str | None:
    """Read a member and keep nothing."""
    return None if data is None else _copy(data, None)


def unpack(folder: Path) -> Callable[[tarfile.TarInfo, IO[bytes] | None], str | None]:
    """Return a `keep` that writes members below `folder` and never beside it."""

    def keep(member: tarfile.TarInfo, data: IO[bytes] | None) -> str | None:
        target = _inside(folder, folder / member.name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if data is None:
            if not member.issym():
                raise tarfile.TarError(f"`{member.name}` is neither a file nor a link")
            _inside(folder, target.parent / member.linkname)
            target.symlink_to(member.linkname)
            return None
        with target.open("xb") as file:
            target.chmod(0o600)
            return _copy(data, file)

    return keep


def _inside(folder: Path, path: Path) -> Path:
    """Return `path` unless it leads out of `folder`, also by way of a link unpacked before.

    tarfile has a filter for this only since Python 3.11.4.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"`{path.name}` would lie outside the data folder")
    return path


def _copy(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def _check_format(path: Path, data: bytes) -> None:
    head = msgspec.json.decode(data, type=Head)
    if head.format > FORMAT:
        raise ConfigurationError(
            f"`{path}` was made by Sightline {head.version}, in a format this program cannot read",
            hint="Restore with that version or a newer one",
        )


def _open(path: Path, mode: Any) -> IO[bytes]:
    if path.name.removesuffix(".partial").endswith(".zst"):
        return cast(IO[bytes], zstd.open(path, mode))
    return cast(IO[bytes], path.open(mode))


def free_bytes(folder: Path) -> int:
    """Return the bytes that may still be written where `folder` is or would be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
