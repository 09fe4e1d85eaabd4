"""Serves, and starts again when a file of the source changes; the screens reload by themselves.

python tools/dev.py [arguments of `sightline serve`]

Two processes: the server, and Vite, which serves the screens from `ui/` and passes calls of the
API on to the server. Without Node the server runs alone.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
KINDS = {".py", ".sql", ".toml", ".json"}
LOOK_EVERY_S = 0.5
# Long enough for a server to finish what it accepted.
STOP_WITHIN_S = 20


def main() -> int:
    # As Ctrl-C does, so that both processes end however this one is asked to.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command = [sys.executable, "-m", "sightline", "serve", *sys.argv[1:]]
    screens = start_screens()
    process, seen = subprocess.Popen(command), newest()
    try:
        while True:
            time.sleep(LOOK_EVERY_S)
            now = newest()
            if now == seen:
                continue
            print(f"\n+ changed: {', '.join(changed(seen, now))}; starting again", flush=True)
            seen = now
            stop(process)
            process = subprocess.Popen(command)
    except KeyboardInterrupt:
        return 130
    finally:
        stop(process)
        if screens is not None:
            stop(screens)


def start_screens() -> "subprocess.Popen[bytes] | None":
    """Start Vite for the server that the arguments speak of."""
    node, vite = shutil.which("node"), ROOT / "ui" / "node_modules" / "vite" / "bin" / "vite.js"
    if node is None or not vite.exists():
        print("+ no Node: the server runs without Vite", flush=True)
        return None
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="5173")
    args, _ = parser.parse_known_args()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(args.host, args.host)
    env = {**os.environ, "UI_SERVER": f"http://{host}:{args.port}"}
    return subprocess.Popen([node, str(vite), "--clearScreen", "false"], cwd=ROOT / "ui", env=env)


def newest() -> dict[Path, int]:
    """Return when each file of the source was last written."""
    built = SOURCE / "sightline" / "ui"
    return {
        path: path.stat().st_mtime_ns
        for path in SOURCE.rglob("*")
        if path.suffix in KINDS and built not in path.parents and path.is_file()
    }


def changed(before: dict[Path, int], after: dict[Path, int]) -> list[str]:
    """Return up to three names of files that differ."""
    paths = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return sorted(path.relative_to(SOURCE).as_posix() for path in paths)[:3]


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server as an operator would; it holds its data folder until it has ended."""
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
