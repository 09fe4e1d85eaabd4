"""Fields as parameters name them: in the spelling of the query language."""

import msgspec

from sightline.core.errors import InvalidRequestError, QueryError
from sightline.domain.filter import Condition, EntityType
from sightline.wire.query import fields
from sightline.wire.query.fields import Kind, QueryField
from sightline.wire.query.lexer import Lexer
from sightline.wire.query.writer import write

_LABELS = {"feedback_scores": "Score", "total_estimated_cost": "Cost"}
_EXACT = frozenset(("thread_id",))


class Named(msgspec.Struct, frozen=True):
    """A field with its key; `text` is its canonical spelling."""

    field: QueryField
    key: str
    text: str

    @property
    def kind(self) -> Kind:
        return self.field.kind_of(self.key)

    @property
    def label(self) -> str:
        """Return what a heading says."""
        if self.key and not self.field.key:
            return self.key
        name = _LABELS.get(self.field.name, self.field.name.replace("_", " "))
        return name[:1].upper() + name[1:]

    @property
    def needs_path(self) -> bool:
        """Say whether the field has values only by their keys."""
        return self.kind == "text"

    @property
    def is_exact(self) -> bool:
        """Say whether a query tells upper case from lower."""
        return self.field.name in _EXACT


def named(entity: EntityType, text: str) -> Named:
    """Return the field that a parameter names. Raises `InvalidRequestError`."""
    try:
        head = Lexer(f"{text.strip()}:").take_head()
    except QueryError:
        head = None
    field = None if head is None else fields.find(entity, head.name)
    if head is None or field is None or (head.key and not field.keyed):
        hint = fields.suggestion(entity, head.name) if head else None
        raise InvalidRequestError(f"A {entity} has no field `{text[:60]}`", hint=hint)
    return of_key(entity, field, head.key)


def of_key(entity: EntityType, field: QueryField, key: str) -> Named:
    """Return a field with a key of its own, the empty string for none."""
    if not key:
        return Named(field, field.key, field.written)
    condition = Condition(field=field.target, key=key, operator="is_not_empty")
    return Named(field, key, write(entity, condition).removesuffix(":*"))
