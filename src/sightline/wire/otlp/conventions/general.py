"""What any application may set by hand, Opik's own attributes, and OpenTelemetry's general ones."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.field_rules import environment, tags, thread
from sightline.wire.otlp.rules import drop, keep

CONVENTION = Convention(
    priority=70,
    exact={
        "server.address": keep("metadata"),
        "server.port": keep("metadata"),
        "thread_id": thread(),
        "opik.thread_id": thread(),
        "opik.tags": tags(),
        # Read by the linking step (linking.py), not here.
        "opik.trace_id": drop(),
        "opik.parent_span_id": drop(),
        "opik.span_id": drop(),
        "deployment.environment": environment(),
        "deployment.environment.name": environment(),
        # The thread of the operating system, which is no conversation.
        "thread.id": keep("metadata"),
        "thread.name": keep("metadata"),
    },
    prefix={
        "input": keep("input", short=True),
        "output": keep("output", short=True),
        "error.": keep("metadata"),
        "opik.metadata": keep("metadata", short=True),
    },
)
