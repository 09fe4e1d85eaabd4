"""Which fields a query may name, by entity: their kinds, other names and fixed values.

A field of the language is one of the store's under a name for people; `tests/stores` shows that
the store takes each of them with everything that the language can say of it.
"""

import difflib
from typing import Literal

import msgspec

from sightline.domain.filter import EntityType

Kind = Literal[
    "string",
    "text",
    "id",
    "list",
    "enum",
    "dictionary",
    "number",
    "duration",
    "cost",
    "time",
    "score",
    "bool",
]

NUMBERS: frozenset[Kind] = frozenset(("number", "duration", "cost", "score"))
ORDERED: frozenset[Kind] = NUMBERS | {"time"}

_TEXT_OPERATORS = (":", "=", "!=", "*")
_ORDERED_OPERATORS = (":", "=", "!=", ">", ">=", "<", "<=", "..")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    "string": _TEXT_OPERATORS,
    "text": _TEXT_OPERATORS,
    "id": _TEXT_OPERATORS,
    "list": _TEXT_OPERATORS,
    "enum": _TEXT_OPERATORS,
    "dictionary": (*_ORDERED_OPERATORS, "*"),
    "number": _ORDERED_OPERATORS,
    "duration": _ORDERED_OPERATORS,
    "cost": _ORDERED_OPERATORS,
    "time": _ORDERED_OPERATORS,
    "score": _ORDERED_OPERATORS,
    "bool": (":", "="),
}
"""What may follow a field of a kind; `*` stands for wildcards, `..` for ranges."""


class QueryField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the language.

    `field` and `key` are what stands in the filter tree, `field` empty for the same as `name`.
    With `keyed` a key of the user's follows the name (`score.accuracy`, `metadata.a.b`), which a
    number or a score must have. `values` are all there are, unless the field `is_open`. `short` is
    the name that the writer uses.
    """

    name: str
    kind: Kind
    description: str
    aliases: tuple[str, ...] = ()
    short: str = ""
    field: str = ""
    key: str = ""
    keyed: bool = False
    values: tuple[str, ...] = ()
    is_open: bool = True

    @property
    def target(self) -> str:
        return self.field or self.name

    @property
    def written(self) -> str:
        return self.short or self.name

    @property
    def is_fixed(self) -> bool:
        """Say whether nothing but `values` can match."""
        return bool(self.values) and not self.is_open

    @property
    def needs_key(self) -> bool:
        return self.keyed and self.kind in NUMBERS

    def kind_of(self, key: str) -> Kind:
        """Return the kind of what is compared: a path into JSON, or the whole text of it."""
        if self.kind in {"text", "dictionary"}:
            return "dictionary" if key else "text"
        return self.kind


def _field(name: str, kind: Kind, description: str, *aliases: str, **more: object) -> QueryField:
    return QueryField(
        name=name,
        kind=kind,
        description=description,
        aliases=aliases,
        **more,  # type: ignore[arg-type]
    )


TEXT = _field("text", "text", "Free text: a bare word, looked for everywhere")

_FIGURES = (
    _field("start_time", "time", "When it began"),
    _field("end_time", "time", "When it ended; empty while it runs"),
    _field("created_at", "time", "When the server first heard of it"),
    _field("last_updated_at", "time", "When it last changed"),
    _field("duration", "duration", "How long it took"),
    _field(
        "total_estimated_cost", "cost", "What it cost in USD", "cost", "total_cost", short="cost"
    ),
    _field("usage", "number", "Tokens and other usage, by key", keyed=True),
    _field("tokens", "number", "Tokens in all", field="usage", key="total_tokens"),
    _field("feedback_scores", "score", "A feedback score", "score", short="score", keyed=True),
    _field("tags", "list", "Its tags", "tag"),
    _field("environment", "enum", "Where it ran", "env"),
    _field("user", "string", "Who it was for: `user_id`, `user.id` or `user` of the metadata"),
    _field("created_by", "string", "Who sent it"),
    _field("last_updated_by", "string", "Who changed it last"),
)

_CALLS = (
    _field("id", "id", "Its id"),
    _field("name", "string", "Its name"),
    _field(
        "status",
        "enum",
        "Whether it failed, went well or has not ended",
        values=("error", "ok", "running"),
        is_open=False,
    ),
    _field(
        "error",
        "bool",
        "Whether it failed",
        "error_info",
        field="error_info",
        values=("true", "false"),
        is_open=False,
    ),
    _field("error_type", "string", "The exception's type"),
    _field("input", "text", "What went in, or a path into it", keyed=True),
    _field("output", "text", "What came out, or a path into it", keyed=True),
    _field("metadata", "dictionary", "A path into the metadata", keyed=True),
    _field("ttft", "duration", "Time to the first token"),
    _field(
        "source",
        "enum",
        "What made it",
        values=("sdk", "experiment", "playground", "optimization", "evaluator"),
    ),
)

_TRACES = (
    _field("thread_id", "string", "The thread it belongs to", "thread"),
    _field("model", "list", "A model that some span called", "models"),
    _field("provider", "list", "A provider that some span called", "providers"),
    _field("span_count", "number", "How many spans it has", "spans"),
    _field("llm_span_count", "number", "How many LLM calls it has"),
    _field(
        "span_feedback_scores",
        "score",
        "A feedback score of its spans, on average",
        "span_score",
        short="span_score",
        keyed=True,
    ),
    _field(
        "guardrails",
        "enum",
        "Whether its guardrail checks passed",
        values=("passed", "failed"),
        is_open=False,
    ),
)

_SPANS = (
    _field(
        "type",
        "enum",
        "What kind of step it is",
        values=("general", "llm", "tool", "guardrail"),
        is_open=False,
    ),
    _field("model", "string", "The model called"),
    _field("provider", "string", "Who served the model"),
    _field("trace_id", "id", "The trace it belongs to", "trace"),
    _field("parent_span_id", "id", "The span it hangs under", "parent"),
)

_THREADS = (
    _field("id", "string", "The thread's id", "thread_id", "thread"),
    _field(
        "status",
        "enum",
        "Whether it goes on",
        values=("active", "inactive"),
        is_open=False,
    ),
    _field("first_message", "text", "The input of its first trace"),
    _field("last_message", "text", "The output of its last trace"),
    _field("number_of_messages", "number", "How many messages it has", "messages"),
    _field("thread_model_id", "id", "The id that scores and comments use"),
)

FIELDS: dict[EntityType, tuple[QueryField, ...]] = {
    "trace": (*_CALLS, *_TRACES, *_FIGURES),
    "span": (*_CALLS, *_SPANS, *_FIGURES),
    "thread": (*_THREADS, *_FIGURES),
}

_NAMED: dict[EntityType, dict[str, QueryField]] = {
    entity: {name: field for field in fields for name in (field.name, *field.aliases)}
    for entity, fields in FIELDS.items()
}
_FIXED_KEYS: dict[EntityType, dict[tuple[str, str], QueryField]] = {
    entity: {(field.target, field.key): field for field in fields if field.key}
    for entity, fields in FIELDS.items()
}
_TARGETS: dict[EntityType, dict[str, QueryField]] = {
    entity: {field.target: field for field in fields if not field.key}
    for entity, fields in FIELDS.items()
}


def find(entity: EntityType, name: str) -> QueryField | None:
    """Return the field of a name or alias."""
    return _NAMED[entity].get(name)


def suggestion(entity: EntityType, name: str) -> str | None:
    """Return what may have been meant by an unknown name, as a sentence."""
    close = difflib.get_close_matches(name.lower(), _NAMED[entity], n=1)
    if close:
        return f"Did you mean `{close[0]}`?"
    others = [f"{other}s" for other in FIELDS if name in _NAMED[other]]
    return f"`{name}` is a field of {' and '.join(others)}." if others else None


def of_condition(entity: EntityType, field: str, key: str) -> QueryField | None:
    """Return the field of the language that a condition's field and key are."""
    if field == TEXT.name:
        return TEXT
    return _FIXED_KEYS[entity].get((field, key)) or _TARGETS[entity].get(field)
