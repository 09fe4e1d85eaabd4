"""The whole file: models, routing, callbacks, the master key, and what has no effect here."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.core.secret import Secret
from sightline.domain.gateway import RouterOptions
from sightline.wire.litellm.callbacks import CallbackUse, read_callbacks
from sightline.wire.litellm.document import Document, Problem, Section
from sightline.wire.litellm.models import ModelEntry, read_models

Strategy = Literal["price", "shuffle", "order", "least-busy", "latency"]

_STRATEGIES: Mapping[str, Strategy] = {
    "simple-shuffle": "shuffle",
    "least-busy": "least-busy",
    "latency-based-routing": "latency",
    "cost-based-routing": "price",
}
_FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_MAX_FILE_CHARS = 4_000_000


class LiteLlmFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says. `timeout` and `stream_timeout` are for entries without their own, s."""

    name: str
    models: tuple[ModelEntry, ...] = ()
    router: RouterOptions = RouterOptions()
    callbacks: tuple[CallbackUse, ...] = ()
    master_key: Secret | None = None
    timeout: float | None = None
    stream_timeout: float | None = None
    max_parallel: int | None = None
    problems: tuple[Problem, ...] = ()


def parse(text: str, *, name: str, environment: Mapping[str, str]) -> LiteLlmFile:
    """Read a LiteLLM proxy's YAML; `name` is how the file is called in errors.

    Raises `ConfigurationError` that names file, line and path for what is wrong; what is right and
    has no effect here is in `problems`.
    """
    if len(text) > _MAX_FILE_CHARS:
        raise ConfigurationError(f"{name}: the file is larger than {_MAX_FILE_CHARS} characters")
    document = Document(text, name, environment)
    top = Section(document, document.root, ())
    _add_environment(document, top)
    models = read_models(document, top)
    settings, routing = top.section("litellm_settings"), top.section("router_settings")
    general = top.section("general_settings")
    callbacks = read_callbacks(document, settings)
    timeout = _first(routing.number("timeout"), settings.number("request_timeout"))
    master = general.text("master_key")
    router = _router(document, settings, routing, general, models)
    found = LiteLlmFile(
        name=name,
        models=models,
        router=router,
        callbacks=callbacks,
        master_key=Secret(master) if master else None,
        timeout=timeout,
        stream_timeout=routing.number("stream_timeout"),
        max_parallel=routing.integer("default_max_parallel_requests", least=1),
    )
    settings.warn(
        "cache", "has no effect: callers ask for the cache with the header X-OpenRouter-Cache"
    )
    for section in (settings, routing, general, top):
        section.finish()
    return msgspec.structs.replace(found, problems=tuple(document.problems))


def _add_environment(document: Document, top: Section) -> None:
    """Let what `environment_variables` says stand over the real environment."""
    given = top.section("environment_variables")
    for name in list(given.values):
        value = given.text(name)
        if value is not None:
            document.environment[name] = value


def _router(
    document: Document,
    settings: Section,
    routing: Section,
    general: Section,
    models: tuple[ModelEntry, ...],
) -> RouterOptions:
    defaults = RouterOptions()
    known = {entry.model_name for entry in models}
    aliases = _aliases(document, routing)
    chains = {
        name: _chains(document, settings, name) | _chains(document, routing, name)
        for name in _FALLBACKS
    }
    given = [
        *settings.texts("default_fallbacks"),
        *routing.texts("default_fallbacks"),
        # Of every model, which is what the default ones are.
        *chains["fallbacks"].pop("*", ()),
    ]
    for where, targets in [
        *((name, target) for name, found in chains.items() for target in found.values()),
        ("default_fallbacks", tuple(given)),
        ("model_group_alias", tuple(aliases.values())),
    ]:
        for target in targets:
            if target not in known and not _by_wildcard(target, known) and target not in aliases:
                section = settings if where in settings.values else routing
                raise document.fail(
                    (*section.path, where), f"leads to `{target}`, which is not in `model_list`"
                )
    retries = _first(routing.integer("num_retries"), settings.integer("num_retries"))
    fails = _first(routing.integer("allowed_fails"), settings.integer("allowed_fails"))
    cooldown = _first(routing.number("cooldown_time"), settings.number("cooldown_time"))
    wait = routing.number("retry_after")
    return RouterOptions(
        num_retries=defaults.num_retries if retries is None else retries,
        retry_after_s=defaults.retry_after_s if wait is None else wait,
        allowed_fails=defaults.allowed_fails if fails is None else fails,
        cooldown_s=defaults.cooldown_s if cooldown is None else cooldown,
        strategy=_strategy(routing),
        fallbacks=chains["fallbacks"],
        context_window_fallbacks=chains["context_window_fallbacks"],
        content_policy_fallbacks=chains["content_policy_fallbacks"],
        default_fallbacks=tuple(given),
        aliases=aliases,
        default_model=general.text("completion_model"),
        drops_params=bool(settings.flag("drop_params")),
    )


def _by_wildcard(name: str, known: set[str]) -> bool:
    return any(pattern.endswith("*") and name.startswith(pattern[:-1]) for pattern in known)


def _strategy(routing: Section) -> Strategy:
    name = routing.text("routing_strategy")
    if name is None:
        return "shuffle"
    if name in {"usage-based-routing", "usage-based-routing-v2"}:
        routing.warn("routing_strategy", f"`{name}` is not supported: `simple-shuffle` is used")
        return "shuffle"
    if name not in _STRATEGIES:
        raise routing.document.fail(
            (*routing.path, "routing_strategy"),
            f"is `{name}`, which is no strategy",
            f"One of {', '.join(_STRATEGIES)}",
        )
    return _STRATEGIES[name]


def _chains(document: Document, section: Section, name: str) -> dict[str, tuple[str, ...]]:
    """Read `[{"a": ["b", "c"]}]`."""
    found: dict[str, tuple[str, ...]] = {}
    for value, path in section.items(name):
        if not isinstance(value, dict):
            raise document.fail(path, "must map a model to the list of those that stand in for it")
        for model, targets in value.items():
            items = [targets] if isinstance(targets, str) else targets
            if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
                raise document.fail((*path, model), "must be a list of model names")
            found[model] = tuple(items)
    return found


def _aliases(document: Document, routing: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    given = routing.section("model_group_alias")
    for name, value in given.values.items():
        target: Any = value.get("model") if isinstance(value, dict) else value
        if not isinstance(target, str):
            raise document.fail((*given.path, name), "must be the name of a model")
        found[name] = target
        given.ignore({name})
    return found


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
