"""Serves, and starts again when a file of the source changes. For `make dev`.

python tools/dev.py [arguments of `sightline serve`]
"""

import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
KINDS = {".py", ".sql", ".toml", ".json"}
LOOK_EVERY_S = 0.5
# Long enough for a server to finish what it accepted.
STOP_WITHIN_S = 20


def main() -> int:
    command = [sys.executable, "-m", "sightline", "serve", *sys.argv[1:]]
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


def newest() -> dict[Path, int]:
    """Return when each file of the source was last written."""
    return {
        path: path.stat().st_mtime_ns
        for path in SOURCE.rglob("*")
        if path.suffix in KINDS and path.is_file()
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
