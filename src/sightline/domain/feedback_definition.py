"""Feedback definitions: which scores people may give, and with which values."""

import math
from typing import Literal, get_args

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id

FeedbackType = Literal["numerical", "categorical", "boolean"]
TYPES: tuple[FeedbackType, ...] = get_args(FeedbackType)

MAX_NAME_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 255
MAX_CATEGORIES = 1_000


class NumericalDetails(msgspec.Struct, frozen=True, kw_only=True):
    min: float
    max: float


class CategoricalDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The value each category stands for."""

    categories: dict[str, float]


class BooleanDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What 1 and 0 are called."""

    true_label: str
    false_label: str


Details = NumericalDetails | CategoricalDetails | BooleanDetails

DETAILS: dict[FeedbackType, type[Details]] = {
    "numerical": NumericalDetails,
    "categorical": CategoricalDetails,
    "boolean": BooleanDetails,
}


class FeedbackDefinition(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    workspace_id: Id
    name: str
    type: FeedbackType
    details: Details
    description: str | None = None
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


def check(type: FeedbackType, name: str, details: Details, description: str | None) -> None:
    """Raise `UnprocessableError` with every rule that is broken."""
    broken: list[str] = []
    if not name.strip():
        broken.append("name must not be blank")
    if len(name) > MAX_NAME_LENGTH:
        broken.append(f"name size must be between 1 and {MAX_NAME_LENGTH}")
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        broken.append(f"description size must be between 0 and {MAX_DESCRIPTION_LENGTH}")
    if DETAILS.get(type) is not details.__class__:
        broken.append(f"details must be those of type {type}")
    broken.extend(_broken_details(details))
    if broken:
        raise UnprocessableError(broken[0], fields=broken)


def _broken_details(details: Details) -> list[str]:
    match details:
        case NumericalDetails(min=low, max=high):
            if not (math.isfinite(low) and math.isfinite(high)):
                return ["details.min and details.max must be finite"]
            return [] if low < high else ["details.min has to be smaller than details.max"]
        case CategoricalDetails(categories=categories):
            if not 1 <= len(categories) <= MAX_CATEGORIES:
                return [f"details.categories size must be between 1 and {MAX_CATEGORIES}"]
            if not all(name.strip() for name in categories):
                return ["details.categories must not have a blank name"]
            if not all(math.isfinite(value) for value in categories.values()):
                return ["details.categories must have finite values"]
            return []
        case BooleanDetails(true_label=true, false_label=false):
            blank = [("trueLabel", true), ("falseLabel", false)]
            return [f"details.{name} must not be blank" for name, v in blank if not v.strip()]
