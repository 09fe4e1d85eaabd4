"""The operator's file, in LiteLLM's shape: read once at start, good for every workspace."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from sightline.core.errors import ConfigurationError
from sightline.core.log import get_logger
from sightline.core.secret import Secret
from sightline.domain.gateway import Endpoint, Model, RouterOptions, Timeouts, TokenPrices
from sightline.pricing.price_book import PriceBook
from sightline.providers import _table
from sightline.providers._table import Provider
from sightline.services.gateway._names import PREFIXES
from sightline.services.gateway.definitions import guarded
from sightline.wire.litellm import CallbackUse, LiteLlmFile, ModelEntry, parse

log = get_logger(__name__)

# Reached by credentials and regions, not by an address.
_ADDRESSED_BY_REGION = frozenset({"bedrock", "vertex"})
# Where LiteLLM looks for what an entry leaves out, by dialect and option.
_OPTION_VARIABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "azure": {"api_version": ("AZURE_API_VERSION",)},
    "vertex": {"project": ("VERTEXAI_PROJECT",), "region": ("VERTEXAI_LOCATION",)},
    "bedrock": {
        "region": ("AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"),
        "aws_access_key_id": ("AWS_ACCESS_KEY_ID",),
        "aws_secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
        "aws_session_token": ("AWS_SESSION_TOKEN",),
    },
}


class FileConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a file brings: models and wildcards by name or prefix, destinations, master keys.

    `warnings` name what has no effect here, one line each.
    """

    path: str = ""
    models: Mapping[str, Model] = {}
    wildcards: Mapping[str, Model] = {}
    router: RouterOptions = RouterOptions()
    destinations: tuple[CallbackUse, ...] = ()
    master_keys: tuple[Secret, ...] = ()
    warnings: tuple[str, ...] = ()


def load_config(path: str, environment: Mapping[str, str], book: PriceBook) -> FileConfig:
    """Read the file at `path`; an empty path is an empty configuration.

    Raises `ConfigurationError` naming file, line and path for what is wrong. What is right and has
    no effect is in `warnings`, and in the log.
    """
    if not path:
        return FileConfig()
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"Cannot read the gateway's configuration `{path}`: {error.strerror}",
            hint="Set `gateway.config` to a LiteLLM configuration file, or leave it empty",
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The gateway's configuration `{path}` is not UTF-8") from None
    found = build_config(parse(text, name=path, environment=environment), environment, book)
    for warning in found.warnings:
        log.warning("gateway.config", file=path, problem=warning)
    return found


def build_config(file: LiteLlmFile, environment: Mapping[str, str], book: PriceBook) -> FileConfig:
    """Turn what a file says into models with their endpoints."""
    models: dict[str, Model] = {}
    wildcards: dict[str, Model] = {}
    for at, entry in enumerate(file.models):
        if entry.model_name.endswith("*"):
            for prefix, endpoint in _wildcard(file, entry, at, environment, book):
                _add(wildcards, prefix, entry, endpoint)
        else:
            endpoint = _endpoint(file, entry, at, environment, book)
            _add(models, entry.model_name, entry, endpoint)
    return FileConfig(
        path=file.name,
        models=models,
        wildcards=wildcards,
        router=file.router,
        destinations=file.callbacks,
        master_keys=(file.master_key,) if file.master_key else (),
        warnings=tuple(str(problem) for problem in file.problems),
    )


def prices_of(book: PriceBook, provider: str, model: str) -> TokenPrices | None:
    """Return what the price book says of a model."""
    price = book.find(provider, model)
    if price is None:
        return None
    rates = price.rates
    return TokenPrices(
        prompt=rates.input_usd,
        completion=rates.output_usd,
        # What a list does not tell apart is at the plain rate, and is not told apart here.
        image=_apart(rates.image_output_usd, rates.output_usd) or Decimal(0),
        cache_read=_apart(rates.cache_read_usd, rates.input_usd),
        cache_write=_apart(rates.cache_write_usd, rates.input_usd),
    )


def _apart(rate: Decimal, plain: Decimal) -> Decimal | None:
    return None if rate == plain else rate


def _add(models: dict[str, Model], name: str, entry: ModelEntry, endpoint: Endpoint) -> None:
    """Add an endpoint to the model of that name; several share its calls."""
    known = models.get(name)
    if known is None:
        models[name] = Model(
            slug=entry.model_name,
            name=entry.model_name,
            description=entry.description,
            context_length=entry.context_length,
            max_completion_tokens=entry.max_completion_tokens,
            input_modalities=entry.input_modalities,
            kind=entry.kind,
            output_modalities=("embeddings",) if entry.kind == "embeddings" else ("text",),
            endpoints=(endpoint,),
        )
        return
    models[name] = msgspec.structs.replace(
        known,
        context_length=known.context_length or entry.context_length,
        max_completion_tokens=known.max_completion_tokens or entry.max_completion_tokens,
        endpoints=(*known.endpoints, endpoint),
    )


def _wildcard(
    file: LiteLlmFile,
    entry: ModelEntry,
    at: int,
    environment: Mapping[str, str],
    book: PriceBook,
) -> Iterable[tuple[str, Endpoint]]:
    """Return the prefixes that an entry with `*` serves.

    `model: "*"` stands for every provider whose key is in the environment.
    """
    prefix = entry.model_name[:-1]
    if entry.model != "*":
        # Without a `*` of its own it is one model under any name.
        yield prefix, _endpoint(file, entry, at, environment, book)
        return
    for row in _table.every():
        key = environment.get(row.key_env) if row.key_env else None
        if not key or not row.base_url:
            continue
        one = msgspec.structs.replace(entry, model=f"{row.slug}/*", api_key=Secret(key))
        endpoint = _endpoint(file, one, at, environment, book)
        endpoint = msgspec.structs.replace(endpoint, id=f"{endpoint.id}:{row.slug}")
        yield f"{prefix}{row.slug}/", endpoint
        if not prefix:
            # Bare names (`gpt-4o`), by the maker that they tell.
            for bare in PREFIXES.get(row.slug, ()):
                if not bare.endswith("/"):
                    yield bare, msgspec.structs.replace(endpoint, upstream_model=f"{bare}*")


def _endpoint(
    file: LiteLlmFile,
    entry: ModelEntry,
    at: int,
    environment: Mapping[str, str],
    book: PriceBook,
) -> Endpoint:
    provider, upstream = _table.model_provider(entry.model, entry.provider)
    row = _table.find(provider)
    key_env = row.key_env if row else ""
    key = entry.api_key
    if key is None and key_env and environment.get(key_env):
        key = Secret(environment[key_env])
    base = entry.api_base or environment.get(key_env.replace("_API_KEY", "_API_BASE")) or ""
    _check(file, entry, provider, row, has_key=key is not None, has_base=bool(base))
    prices = entry.prices
    if prices is None and entry.base_model:
        of_base = _table.model_provider(entry.base_model)
        prices = prices_of(book, *of_base) or prices_of(book, provider, entry.base_model)
    return Endpoint(
        id=entry.id or f"file:{at}",
        model=entry.model_name,
        provider=provider,
        provider_name=row.name if row else provider,
        dialect=row.dialect if row else "openai",
        base_url=base or (row.base_url if row else ""),
        upstream_model=upstream,
        api_key=key,
        headers=entry.headers,
        options=_options(entry, provider, environment),
        defaults=entry.defaults,
        prices=prices,
        context_length=entry.context_length,
        max_completion_tokens=entry.max_completion_tokens,
        weight=entry.weight,
        order=entry.order,
        rpm=entry.rpm,
        tpm=entry.tpm,
        max_parallel=entry.max_parallel or file.max_parallel,
        retries=entry.retries,
        timeouts=_timeouts(file, entry),
        allows_private=True,
        is_byok=False,
    )


def _options(entry: ModelEntry, provider: str, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Return an entry's options; what it does not say may be in the environment."""
    options = dict(entry.options)
    row = _table.find(provider)
    for name, variables in _OPTION_VARIABLES.get(row.dialect if row else "", {}).items():
        found = next((v for n in variables if (v := environment.get(n))), None)
        if found is not None:
            options.setdefault(name, found)
    if row is not None and row.dialect == "vertex":
        held = options.get("credentials") or environment.get("GOOGLE_APPLICATION_CREDENTIALS")
        if isinstance(held, str) and held:
            options["credentials"] = _credentials(entry, held)
    return guarded(options)


def _credentials(entry: ModelEntry, text: str) -> str:
    """Return the JSON of Google's credentials, which may be in a file of that name."""
    if text.lstrip().startswith("{"):
        return text
    try:
        return Path(text).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"line {entry.line}: the credentials of `{entry.model}` cannot be read from `{text}`",
            hint="Name a readable file with a service account's key, or give its JSON",
        ) from None


def _timeouts(file: LiteLlmFile, entry: ModelEntry) -> Timeouts:
    total = entry.timeout or file.timeout
    first = entry.stream_timeout or file.stream_timeout or total
    usual = Timeouts()
    return Timeouts(
        connect=min(usual.connect, total or usual.connect),
        first_byte=first or usual.first_byte,
        idle=min(usual.idle, total or usual.idle),
        total=total or usual.total,
    )


def _check(
    file: LiteLlmFile,
    entry: ModelEntry,
    provider: str,
    row: Provider | None,
    *,
    has_key: bool,
    has_base: bool,
) -> None:
    """Raise `ConfigurationError` for an entry that could not make one call."""
    where = f"{file.name}, line {entry.line}: `model_list[{entry.path[-1]}].litellm_params"
    by_region = row is not None and row.dialect in _ADDRESSED_BY_REGION
    is_echo = row is not None and row.dialect == "echo"
    if not has_base and not (row and row.base_url) and not by_region and not is_echo:
        known = "" if row else f": `{provider}` is no provider that is known here"
        raise ConfigurationError(
            f"{where}.api_base` is missing{known}",
            hint="Say where the model is served, as `https://host/v1`",
        )
    if row is not None and row.needs_key and not has_key and not has_base:
        raise ConfigurationError(
            f"{where}.api_key` is missing, and {row.key_env} is not set either",
            hint=f"Set {row.key_env}, or take the model out of the file",
        )
