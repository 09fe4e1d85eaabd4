"""Runs drivers: programs that use OpenTelemetry's packages in their own environment."""

import json
import os
import subprocess
from pathlib import Path

from tests.live import client_python

DRIVERS = Path(__file__).parent / "drivers"


def drive(driver: str, given: dict[str, str], home: Path) -> str:
    """Run a driver to its end, with no setting of the developer's; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [str(client_python("otel")), str(DRIVERS / f"{driver}.py"), json.dumps(given)],
        env={**kept, "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
