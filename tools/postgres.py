"""Sees to it that Postgres is there for the tests, and runs servers of it that are thrown away.

python tools/postgres.py            install Debian's package where none is there
python tools/postgres.py --serve    run one until Ctrl-C, and say its URL
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# A power cut is not tested here, and these make a start and a test's database three times as quick.
_QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off")
_SMALL = ("shared_buffers=16MB", "max_connections=200", "max_wal_senders=0", "wal_level=minimal")
# People's databases sort as their language does; a test must not pass because this one does not.
_SORTED_BY_LANGUAGE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
_PASSWORD = "pa55-word"
_PR_SET_PDEATHSIG = 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", action="store_true", help="run a server until Ctrl-C")
    args = parser.parse_args()
    code = install()
    if code or not args.serve:
        return code
    with Cluster() as cluster:
        print(f"catalog url: {cluster.url('postgres')}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


def install() -> int:
    """Install Debian's package unless there is a Postgres; return an exit code."""
    if found := find():
        print(f"postgres: {found}")
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(
            "error: the tests need Postgres 15 or newer, and none was found.\n"
            "  Debian, Ubuntu: sudo apt-get install postgresql\n"
            "  elsewhere: install it so that `initdb` and `postgres` are on the PATH",
            file=sys.stderr,
        )
        return 1
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [apt, "install", "-qq", "-y", "--no-install-recommends"]
    subprocess.run([apt, "update", "-qq"], check=True)
    subprocess.run([*packages, "postgresql-common"], check=True, env=quiet)
    # The package would start a server that nobody asked for.
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if settings.exists():
        with settings.open("a") as file:
            file.write("\ncreate_main_cluster = false\n")
    subprocess.run([*packages, "postgresql"], check=True, env=quiet)
    return 0 if find() else 1


def find() -> Path | None:
    """Return the folder of Postgres' programs, None when there are none."""
    folders = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    # Debian keeps them off the PATH, a folder a version.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


class Cluster:
    """A Postgres server on a free port of 127.0.0.1, in a temporary folder that goes with it.

    Runs as an unprivileged user, as Postgres wants it, and never outlives the process that started
    it. `start` after `stop` serves the same data on the same port.
    """

    def __init__(self) -> None:
        programs = find()
        if programs is None:
            raise RuntimeError("no Postgres: run `python tools/postgres.py`")
        self._programs = programs
        self._user = _unprivileged()
        # Not below a folder that only root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-postgres-", dir="/tmp"))
        self._data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """Return the URL of a database of it, password included."""
        return f"postgresql://sightline:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self, timeout_s: float = 60) -> None:
        """Make the data folder if there is none, and start."""
        if not self._data.exists():
            self._initdb()
        self.port = self.port or _free_port()
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        flags = [word for option in (*options, *_QUICK, *_SMALL) for word in ("-c", option)]
        pid_file = self._data / "postmaster.pid"
        pid_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = self._spawn(
                [str(self._programs / "postgres"), "-D", str(self._data), *flags], log
            )
        end = time.monotonic() + timeout_s
        while not (pid_file.exists() and pid_file.read_text().rstrip().endswith("ready")):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Postgres does not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and every connection: SIGINT in good order, SIGQUIT as a crash would."""
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.wait(30)

    def remove(self) -> None:
        """End it and delete its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _initdb(self) -> None:
        password = self.folder / "password"
        password.write_text(_PASSWORD)
        if self._user is not None:
            for path in (self.folder, password):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        command = [str(self._programs / "initdb"), "-D", str(self._data), "--no-sync"]
        command += ["-U", "sightline", "--auth=scram-sha-256", f"--pwfile={password}"]
        command += ["--encoding=UTF8", "--no-instructions", *_SORTED_BY_LANGUAGE]
        with self.log.open("ab") as log:
            code = self._spawn(command, log).wait(120)
        if code:
            raise RuntimeError(f"initdb failed:\n{self.log.read_text()[-2000:]}")

    def _spawn(self, command: list[str], log: Any) -> subprocess.Popen[bytes]:
        who: dict[str, Any] = {}
        if self._user is not None:
            who = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
            # A Ctrl-C is meant for who started us.
            start_new_session=True,
            **who,
        )


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run as; None for ourselves."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
