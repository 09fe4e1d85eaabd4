"""Build hook: a wheel or source archive contains the screens, built once from `ui/`.

An archive of the source carries them already, so a wheel made from it needs no Node; nor does an
editable install, which `make ui` builds them for.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEAST_NODE = 20


class ScreensHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the screens unless they are there. Raises `RuntimeError` when that cannot be."""
        root = Path(self.root)
        if version == "editable" or (root / "src/sightline/ui/index.html").is_file():
            return
        if not (root / "ui/package.json").is_file():
            raise RuntimeError("Neither the built screens (src/sightline/ui) nor their source (ui)")
        npm = _npm()
        for command in ("ci", "run build"):
            self.app.display_info(f"npm {command}")
            subprocess.run([npm, *command.split()], cwd=root / "ui", check=True)


def _npm() -> str:
    """Return the path of npm. Raises `RuntimeError` without a Node that is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    wanted = (
        f"Building Sightline from its source needs Node {LEAST_NODE} or newer with npm, for the "
        "screens. Install it from https://nodejs.org, or install a wheel, which has them built"
    )
    if npm is None or node is None:
        raise RuntimeError(f"{wanted}. There is no `node` on the PATH.")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(said.strip().lstrip("v").partition(".")[0]) < LEAST_NODE:
        raise RuntimeError(f"{wanted}. This is Node {said.strip()}.")
    return npm
