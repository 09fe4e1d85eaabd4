"""Calls that somebody only tries out are told apart from an application's."""

from pathlib import Path

import pytest

from sightline.domain.generation import span_id_of
from tests.fakes.gateway import endpoint, gateway, model
from tests.fakes.upstream import Upstream


@pytest.mark.parametrize(
    ("said", "source"),
    [("playground", "playground"), ("experiment", "gateway"), (None, "gateway")],
)
async def test_the_source_of_a_trace(tmp_path: Path, said: str | None, source: str) -> None:
    with Upstream() as upstream:
        async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
            headers = {} if said is None else {"X-Sightline-Source": said}
            status, _, body = await it.chat("a/m", headers=headers)
            assert status == 200
            await it.recorder.drained()
            span_id = span_id_of(body["id"])
            assert span_id is not None
            (span,) = it.store.spans[span_id]
            assert span.source == source
            assert it.store.traces[span.trace_id][-1].source == source
            # Upstreams are not told.
            assert "x-sightline-source" not in upstream.calls[-1].headers
