"""Sees to it that a Chromium is there for the tests that drive a browser.

python tools/browser.py
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    if found := find():
        print(f"browser: {found}")
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(
            "error: the browser tests need Chromium, and there is none on the PATH.\n"
            "  Debian, Ubuntu: sudo apt-get install chromium\n"
            "  elsewhere: install Chromium or Chrome so that one of these runs: "
            + ", ".join(NAMES),
            file=sys.stderr,
        )
        return 1
    subprocess.run([apt, "update", "-qq"], check=True)
    install = [apt, "install", "-qq", "-y", "--no-install-recommends", "chromium"]
    subprocess.run(install, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    return 0 if find() else 1


def find() -> str | None:
    """Return the path of a Chromium or Chrome, None when there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(main())
