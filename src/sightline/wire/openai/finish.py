"""Why an answer ended: many words of many providers, five of ours."""

from typing import Any

_WORDS = {
    "stop": "stop end_turn stop_sequence eos eos_token complete completed stop_token done"
    " pause_turn finish finished normal unload load",
    "length": "length max_tokens max_output_tokens model_length max_length token_limit incomplete"
    " model_context_window_exceeded",
    "tool_calls": "tool_calls tool_use function_call tool_call",
    "content_filter": "content_filter content_filtered safety refusal recitation blocklist"
    " prohibited_content spii image_safety language guardrail_intervened sensitive error_toxic"
    " image_prohibited_content image_recitation model_armor",
    "error": "error insufficient_system_resource error_limit malformed_function_call"
    " unexpected_tool_call too_many_tool_calls malformed_response no_image image_other"
    " malformed_model_output malformed_tool_use abort cancelled failed",
}
_BY_WORD = {word: reason for reason, words in _WORDS.items() for word in words.split()}


def normal(native: Any) -> str | None:
    """Return `tool_calls`, `stop`, `length`, `content_filter` or `error`; None while it runs.

    A word that nobody knows counts as `stop`: the answer did end.
    """
    if not isinstance(native, str) or not native:
        return None
    return _BY_WORD.get(native) or _BY_WORD.get(native.lower(), "stop")
