"""What LiteLLM's tests share: an upstream that answers, a home that is not the developer's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.upstream import Fault, Upstream
from tests.live import QUIET_CLIENT


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """An upstream whose models `broken-<status>` fail with that status."""
    with Upstream() as upstream:
        for status in (401, 429, 500):
            upstream.plans[f"broken-{status}"] = [Fault(status=status)]
        yield upstream


def client_env(home: Path) -> dict[str, str]:
    """Return an environment in which LiteLLM finds only the settings that lie in `home`."""
    ours = ("OPIK_", "COMET_", "LITELLM_", "OPENAI_", "SIGHTLINE_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **QUIET_CLIENT, "HOME": str(home)}
