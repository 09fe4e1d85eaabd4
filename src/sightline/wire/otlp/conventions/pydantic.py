"""What Logfire's SDK adds to every span: its message, its source line, its own bookkeeping."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.rules import drop, keep

CONVENTION = Convention(
    priority=50,
    exact={
        "logfire.msg": keep("metadata"),
        "logfire.msg_template": drop(),
        "logfire.json_schema": drop(),
        "logfire.level_num": drop(),
    },
    prefix={"code.": keep("metadata")},
)
