"""Bodies of feedback definitions and environments.

Source: the published `opik` client 2.2.122 (`feedback_create.py`, `*_feedback_detail*.py`,
`environment*.py`).
"""

from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.ids import format_id
from sightline.domain.environment import Environment
from sightline.domain.feedback_definition import DETAILS, Details, FeedbackDefinition, FeedbackType


class FeedbackIn(msgspec.Struct, kw_only=True):
    """A feedback definition to create, or to put in another's place."""

    type: FeedbackType
    name: str
    details: msgspec.Raw
    description: str | None = None


class EnvironmentIn(msgspec.Struct, kw_only=True):
    """An environment to create."""

    name: str
    id: str | None = None
    description: str | None = None
    color: str | None = None
    position: int | None = None


class EnvironmentUpdate(msgspec.Struct, kw_only=True):
    """The body of `PATCH environments/{id}`; null means "not said"."""

    name: str | None = None
    description: str | None = None
    color: str | None = None
    position: int | None = None


def feedback_details(item: FeedbackIn) -> Details:
    """Return the details in the shape of the definition's type.

    Raises `UnprocessableError` for another shape.
    """
    return codec.decode(bytes(item.details), DETAILS[item.type])


def feedback_body(definition: FeedbackDefinition) -> dict[str, Any]:
    """Return a definition in Opik's shape; `details` has the keys of its type."""
    return {
        "id": format_id(definition.id),
        "name": definition.name,
        "description": definition.description,
        "type": definition.type,
        "details": definition.details,
        **audit_body(definition),
    }


def environment_body(environment: Environment) -> dict[str, Any]:
    """Return an environment in Opik's shape."""
    return {
        "id": format_id(environment.id),
        "name": environment.name,
        "description": environment.description,
        "color": environment.color,
        "position": environment.position,
        **audit_body(environment),
    }


def audit_body(item: Any) -> dict[str, Any]:
    """Return who made something and who changed it last, and when."""
    return {
        "created_at": format_us(item.created_at_us),
        "created_by": item.created_by,
        "last_updated_at": format_us(item.last_updated_at_us),
        "last_updated_by": item.last_updated_by,
    }
