"""The generation that "Send test trace" sends: it says of itself that it is a sample."""

from decimal import Decimal

from sightline.core.ids import derived_id
from sightline.domain.generation import (
    Attempt,
    Cost,
    Generation,
    TraceHints,
    Usage,
    generation_id,
)

_DURATION_US = 1_200_000


def sample_generation(now_us: int) -> Generation:
    """Return a small chat call that ended now."""
    started_us = now_us - _DURATION_US
    return Generation(
        id=generation_id(derived_id(started_us // 1000, "sample", str(now_us))),
        model_requested="sightline/sample",
        model="sightline/sample",
        upstream_model="sample",
        provider="Sightline",
        provider_slug="sightline",
        started_us=started_us,
        ended_us=now_us,
        first_token_us=started_us + 300_000,
        finish_reason="stop",
        input='{"messages":[{"role":"user","content":"Is this trace only a sample?"}]}',
        output='{"choices":[{"index":0,"finish_reason":"stop","message":'
        '{"role":"assistant","content":"Yes. Sightline sent it to try this destination."}}]}',
        completion="Yes. Sightline sent it to try this destination.",
        parameters='{"temperature":0}',
        usage=Usage(prompt_tokens=14, completion_tokens=11, total_tokens=25),
        cost=Cost(input=Decimal("0.00001"), output=Decimal("0.00002"), total=Decimal("0.00003")),
        attempts=(
            Attempt(
                provider="Sightline",
                provider_slug="sightline",
                model="sample",
                status=200,
                started_us=started_us,
                headers_us=started_us + 250_000,
                ended_us=now_us,
            ),
        ),
        user="sample-user",
        session_id="sample-session",
        trace=TraceHints(trace_name="Sightline sample trace", custom='{"sample":true}'),
    )
