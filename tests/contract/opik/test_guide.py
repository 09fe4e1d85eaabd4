"""The guide for users of the Opik SDK does what it says."""

import re

import pytest

from tests.contract.opik.conftest import Client
from tests.live import ROOT, LiveServer

GUIDE = ROOT / "docs" / "guides" / "opik-sdk.md"


def blocks() -> list[str]:
    """The Python blocks of the guide that are meant to be run, in order."""
    return re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_guides_code_runs_and_prints_what_it_says(client: Client, server: LiveServer) -> None:
    script = client.home / "guide.py"
    script.write_text("\n".join(blocks()))
    done = client.script(script, server.api, env={"OPIK_PROJECT_NAME": "guide"})

    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.splitlines()
    assert re.fullmatch(r"answer chat-42 3 [0-9.e-]+", first)
    assert float(first.split()[-1]) == pytest.approx(14 * 2.5e-6 + 3 * 1e-5)
    assert second == "1 {'output': 'Paris'} ['reports', 'chat-42']"
