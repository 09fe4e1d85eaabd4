"""Which generations a destination gets, and how much of them: sampling, keys, filters, privacy.

`Rules.admit` is all of it in order. Everything is pure, and the same for the same generation
whenever it is asked, so a replay sends what was sent before.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from sightline.core import codec
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id
from sightline.domain.broadcast_filter import FilterRules as FilterRules
from sightline.domain.broadcast_filter import decode_filter_rules as decode_filter_rules
from sightline.domain.broadcast_filter import passes as passes
from sightline.domain.generation import Attempt, CallError, Generation

MIN_SAMPLING_RATE = 0.0001
_RANGE = 1 << 64

# Numbers and truth values of these may leave in privacy mode; words only if they are below.
_PLAIN_PARAMETERS = frozenset(
    """temperature top_p top_k top_a min_p max_tokens max_completion_tokens max_output_tokens
    frequency_penalty presence_penalty repetition_penalty seed n best_of stream logprobs
    top_logprobs parallel_tool_calls store dimensions encoding_format truncation service_tier
    reasoning_effort verbosity tool_choice modalities max_tool_calls background
    include_reasoning""".split()
)
_PLAIN_OBJECTS = {
    "reasoning": frozenset({"effort", "max_tokens", "enabled", "exclude"}),
    "thinking": frozenset({"type", "budget_tokens"}),
    "stream_options": frozenset({"include_usage"}),
    "usage": frozenset({"include"}),
}
_PLAIN_WORDS = frozenset(
    """auto none required any default flex priority scale standard_only minimal low medium high
    xhigh float base64 disabled enabled adaptive text audio image""".split()
)


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks of metadata that are sent only when asked for (OpenRouter, Broadcast)."""

    generation_cost: bool = False
    generation_identity: bool = False
    generation_request_context: bool = False


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of one destination.

    `key_hashes` None or empty means every key and calls without one; `excluded_key_hashes` win.
    """

    enabled: bool = True
    sampling_rate: float = 1.0
    key_hashes: frozenset[str] | None = None
    excluded_key_hashes: frozenset[str] = frozenset()
    filter_rules: FilterRules | None = None
    privacy_mode: bool = False
    extras: Extras = Extras()

    def wants(self, destination_id: Id, generation: Generation) -> bool:
        """Say whether the destination gets this generation."""
        return (
            self.enabled
            and takes_key(self.key_hashes, self.excluded_key_hashes, generation.key.hash)
            and is_sampled(self.sampling_rate, destination_id, generation)
            and (self.filter_rules is None or passes(self.filter_rules, generation))
        )

    def admit(self, destination_id: Id, generation: Generation) -> Generation | None:
        """Return the generation as it may be sent, or None when the destination does not get it.

        Filters see the content even where privacy mode keeps it from leaving.
        """
        if not self.wants(destination_id, generation):
            return None
        return without_content(generation) if self.privacy_mode else generation


def check_sampling_rate(rate: float) -> float:
    """Return the rate; raises `InvalidRequestError` unless it is 0.0001 to 1."""
    if not MIN_SAMPLING_RATE <= rate <= 1:
        text = f"sampling_rate must be {MIN_SAMPLING_RATE} to 1"
        raise InvalidRequestError(text, fields=[text])
    return rate


def takes_key(included: frozenset[str] | None, excluded: frozenset[str], key_hash: str) -> bool:
    """Say whether calls with the key go to a destination with these lists."""
    if key_hash in excluded:
        return False
    return not included or key_hash in included


def is_sampled(rate: float, destination_id: Id, generation: Generation) -> bool:
    """Say whether the generation is in the sample; always the same for the same destination.

    A session is in or out as a whole, else a trace that the caller named, else the one call.
    Another destination may choose others.
    """
    if rate >= 1:
        return True
    if generation.session_id:
        what = f"session\x1f{generation.session_id}"
    elif generation.trace.trace_id:
        what = f"trace\x1f{generation.trace.trace_id}"
    else:
        what = f"generation\x1f{generation.id}"
    digest = hashlib.sha256(destination_id + what.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < rate * _RANGE


def without_content(generation: Generation) -> Generation:
    """Return the generation without any text of prompt or answer, nested copies too.

    Tokens, cost, timing, model, ids, names and the caller's own metadata stay. Errors keep their
    type: providers quote prompts in messages. Of the parameters numbers, truth values and a few
    known words stay.
    """
    error = generation.error
    return replace(
        generation,
        input=None,
        output=None,
        completion=None,
        reasoning=None,
        tool_calls=None,
        parameters=_plain_parameters(generation.parameters),
        error=CallError(type=error.type, message=error.type, code=error.code) if error else None,
        attempts=tuple(_without_words(attempt) for attempt in generation.attempts),
    )


def _without_words(attempt: Attempt) -> Attempt:
    if attempt.error is None:
        return attempt
    return replace(attempt, error=f"status {attempt.status}" if attempt.status else "no answer")


def _plain_parameters(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    kept: dict[str, Any] = {}
    for name, value in found.items():
        if name in _PLAIN_PARAMETERS:
            plain = _plain(value)
        elif name in _PLAIN_OBJECTS and isinstance(value, Mapping):
            inner = {at: _plain(value[at]) for at in sorted(_PLAIN_OBJECTS[name] & value.keys())}
            plain = {at: it for at, it in inner.items() if it is not UNSET} or UNSET
        else:
            continue
        if plain is not UNSET:
            kept[name] = plain
    return codec.encode_text(kept)


def _plain(value: Any) -> Any:
    """Return a number, a truth value, a known word or a list of such; else UNSET."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if value in _PLAIN_WORDS else UNSET
    if isinstance(value, list):
        found = [_plain(item) for item in value]
        return UNSET if any(item is UNSET for item in found) else found
    return UNSET
