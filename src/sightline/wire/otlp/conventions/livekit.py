"""LiveKit Agents: `lk.*`."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.rules import keep

_METADATA = (
    "livekit.session.id",
    "lk.agent_label",
    "lk.speech_id",
    "lk.interrupted",
    "lk.retry_count",
    "lk.llm_metrics",
    "lk.tts_metrics",
    "lk.tts.streaming",
    "lk.tts.label",
    "lk.transcript_confidence",
    "lk.transcription_delay",
    "lk.end_of_turn_delay",
    "lk.eou.probability",
    "lk.eou.unlikely_threshold",
    "lk.eou.endpointing_delay",
    "lk.eou.language",
)

CONVENTION = Convention(
    priority=40,
    exact={
        "lk.input_text": keep("input"),
        "lk.chat_ctx": keep("input"),
        "lk.function_tools": keep("input"),
        "lk.user_input": keep("input"),
        "lk.user_transcript": keep("input"),
        "lk.response.text": keep("output"),
        "lk.response.function_calls": keep("output"),
        "lk.function_tool.arguments": keep("input", "tool"),
        "lk.function_tool.output": keep("output", "tool"),
        "lk.function_tool.name": keep("metadata", "tool"),
        "lk.function_tool.is_error": keep("metadata", "tool"),
        **{key: keep("metadata") for key in _METADATA},
    },
)
