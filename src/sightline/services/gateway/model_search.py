"""Which model a caller means: its slug, an alias, a variant (`:free`), or a wildcard's."""

import difflib

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.domain.gateway import Endpoint, Model, Snapshot
from sightline.domain.generation import ApiType
from sightline.services.gateway.errors import unroutable

_VARIANTS = frozenset({"nitro", "floor", "free"})
_NOT_BUILT = frozenset({"online", "thinking", "exacto", "extended"})
_SUGGESTIONS = 3


class FoundModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model by the name that a caller used for it."""

    slug: str
    endpoints: tuple[Endpoint, ...]
    variant: str | None = None
    is_alias: bool = False


def find(snapshot: Snapshot, api: ApiType, name: str) -> FoundModel:
    """Return the model that a name means.

    Raises `CallFailedError` when there is none, or when it is not for this api;
    `InvalidRequestError` for a variant that is not built.
    """
    model = snapshot.models.get(name)
    if model is not None:
        return _found(api, model, None, is_alias=False)
    alias = snapshot.router.aliases.get(name)
    if alias is not None and (model := snapshot.models.get(alias)) is not None:
        return _found(api, model, None, is_alias=True)
    base, _, variant = name.rpartition(":")
    if base and variant in _VARIANTS:
        known = snapshot.models.get(snapshot.router.aliases.get(base, base))
        if known is not None:
            return _found(api, known, variant, is_alias=known.slug != base)
    if base and variant in _NOT_BUILT and base in snapshot.models:
        raise InvalidRequestError(
            f"The variant `:{variant}` of `{base}` is not known here",
            hint=f"Call `{base}`, or one of its variants :nitro, :floor and :free",
        )
    is_way = variant in ("nitro", "floor") and bool(base)
    wild = _wild(snapshot, alias or (base if is_way else name))
    if wild is not None:
        return msgspec.structs.replace(wild, variant=variant if is_way else None)
    raise _unknown(snapshot, name)


def is_allowed(slug: str, allowed: frozenset[str] | None) -> bool:
    """Say whether a key may call a model; `openai/*` allows all of a prefix."""
    if allowed is None or slug in allowed:
        return True
    return any(name.endswith("*") and slug.startswith(name[:-1]) for name in allowed)


def _found(api: ApiType, model: Model, variant: str | None, *, is_alias: bool) -> FoundModel:
    # The other way round the upstream knows better: files of others rarely say the kind.
    if model.kind == "embeddings" and api != "embeddings":
        raise unroutable(
            "wrong_endpoint",
            f"`{model.slug}` makes embeddings",
            models=[model.slug],
            hint="It is called by `POST /embeddings`",
        )
    return FoundModel(
        slug=model.slug, endpoints=model.endpoints, variant=variant, is_alias=is_alias
    )


def _wild(snapshot: Snapshot, name: str) -> FoundModel | None:
    """Return what the longest prefix of the wildcards serves under a name."""
    best = max((p for p in snapshot.wildcards if name.startswith(p)), key=len, default=None)
    if best is None or len(name) == len(best):
        return None
    rest = name[len(best) :]
    if _leads_elsewhere(rest):
        return None
    endpoints = tuple(_filled(e, name, rest) for e in snapshot.wildcards[best].endpoints)
    return FoundModel(slug=name, endpoints=endpoints)


def _leads_elsewhere(rest: str) -> bool:
    """Say whether a name that a caller made up would be another place in a provider's address."""
    if any(letter in rest for letter in "?#\\"):
        return True
    return any(step in {".", ".."} for step in rest.split("/"))


def _filled(endpoint: Endpoint, name: str, rest: str) -> Endpoint:
    return msgspec.structs.replace(
        endpoint,
        model=name,
        upstream_model=endpoint.upstream_model.replace("*", rest),
    )


def _unknown(snapshot: Snapshot, name: str) -> Exception:
    near = difflib.get_close_matches(name[:200], snapshot.models, _SUGGESTIONS, 0.5)
    hint = f"Did you mean `{'`, `'.join(near)}`?" if near else "`GET /models` lists what there is"
    return unroutable(
        "model_not_found", f"`{name[:200]}` is not a model here", models=[name[:200]], hint=hint
    )
