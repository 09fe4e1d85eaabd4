"""Sees to it that what the tests of faults need is there: libfaketime, to set a clock back.

python tools/faults.py          install Debian's package where it is not there
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def main() -> int:
    if any(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")):
        print("faketime: there")
        return 0
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        # One test skips without it, and says so.
        print("note: libfaketime is missing, so no clock is set back (Debian: faketime)")
        return 0
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [apt, "install", "-qq", "-y", "--no-install-recommends", "faketime"]
    if subprocess.run(packages, env=quiet, check=False).returncode:
        subprocess.run([apt, "update", "-qq"], check=True)
        subprocess.run(packages, check=True, env=quiet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
