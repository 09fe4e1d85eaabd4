"""A destination's configuration: what a user types, checked, shown masked, drawn as a form.

A config is a struct below `Config`. Attributes are snake_case and go over the wire in camelCase
(`api_key` is `apiKey`). Errors are `InvalidRequestError`s that name the key as `config.apiKey`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec.inspect import LiteralType, Metadata, type_info

from sightline.core.errors import InvalidRequestError

MASK = "****"
_MASK_TAIL = 4
# Below this the last four characters would be too much of it.
_TAIL_FROM = 12

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff\t]{0,8192}")
# What belongs to the connection; whoever sends sets it.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te"}
)
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"^`(?P<key>\w+)` (?P<what>.*)$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<key>\w+)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<key>[^`]*)`$")


def key(
    title: str,
    description: str = "",
    *,
    placeholder: str = "",
    secret: bool = False,
    url: bool = False,
    required: bool = False,
    pattern: str | None = None,
) -> msgspec.Meta:
    """Return what is known of a config key, for its checks and for a form."""
    extra: dict[str, Any] = {}
    if placeholder:
        extra["placeholder"] = placeholder
    if secret:
        extra["secret"] = True
    if url:
        extra["format"] = "uri"
    return msgspec.Meta(
        title=title,
        description=description or None,
        min_length=1 if required else None,
        max_length=4096,
        pattern=pattern,
        extra_json_schema=extra or None,
    )


Headers = Annotated[
    dict[str, str],
    msgspec.Meta(
        title="Custom headers",
        description="Sent with every request. They win over ours of the same name.",
    ),
]


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What every configuration has."""

    headers: Headers | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` in the form "`key` what is wrong"."""
        check_headers(self.headers or {})
        for field in fields_of(type(self)):
            value = getattr(self, field.name)
            if "format" in _extra(field) and value:
                check_url(field.encode_name, value)

    def __repr__(self) -> str:
        # Secrets must not come into a log by way of a traceback.
        return f"{type(self).__name__}(…)"


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One input of a form. `default` is what an empty input means; `options` are a select's."""

    key: str
    title: str
    description: str = ""
    required: bool = False
    secret: bool = False
    default: Any = None
    placeholder: str = ""
    kind: Literal["text", "select", "headers", "number"] = "text"
    options: tuple[str, ...] = ()


def check_url(key: str, text: str) -> None:
    """Raises `ValueError` naming the key unless the text is a plain http(s) URL."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(letter <= " " for letter in text):
        raise ValueError(f"`{key}` must be a URL that begins with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"`{key}` must not hold a user or password; use the keys for them")
    if parts.fragment:
        raise ValueError(f"`{key}` must not have a part after #")


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises `ValueError` naming the header that cannot be sent."""
    if len(headers) > 64:
        raise ValueError("`headers` must not hold more than 64 headers")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"`headers` has a name that is no header's: {name[:40]!r}")
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"`headers` must not set {name}: the connection does")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"`headers` has a value for {name} that cannot be sent")


def fields_of(config: type[msgspec.Struct]) -> Sequence[msgspec.structs.FieldInfo]:
    """Return the fields of a config in the order of a form: its own first, headers last."""
    found = msgspec.structs.fields(config)
    return sorted(found, key=lambda field: field.name == "headers")


def decode(config: type[msgspec.Struct], values: Mapping[str, Any]) -> msgspec.Struct:
    """Return the config that the values say; empty optional values count as left out.

    Raises `InvalidRequestError` that names the key.
    """
    kept: dict[str, Any] = {}
    optional = {f.encode_name for f in fields_of(config) if not f.required}
    for name, given in values.items():
        value = given.strip() if isinstance(given, str) else given
        if (value is None or value == "") and name in optional:
            continue
        kept[name] = value
    try:
        return msgspec.convert(kept, config)
    except msgspec.ValidationError as error:
        raise _wrong(error, config) from None


def _wrong(error: msgspec.ValidationError, config: type[msgspec.Struct]) -> InvalidRequestError:
    match = _PATH.match(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    hint = None
    if missing := _MISSING.match(what):
        path, what = missing["key"], "is required"
    elif unknown := _UNKNOWN.match(what):
        path, what = unknown["key"], "is not known"
        hint = f"Known are {', '.join(f.encode_name for f in fields_of(config))}."
    elif what == "Expected `str` of length >= 1":
        what = "must not be empty"
    elif named := _NAMED.match(what):
        path, what = named["key"], named["what"]
    elif what.startswith("Expected"):
        what = f"is wrong: {what[0].lower()}{what[1:]}"
    text = f"config.{path} {what}" if path else f"config {what}"
    return InvalidRequestError(text, fields=[text], hint=hint)


def encode(config: msgspec.Struct | Mapping[str, Any]) -> dict[str, Any]:
    """Return the config as it goes over the wire, with its secrets and without empty values."""
    if not isinstance(config, msgspec.Struct):
        return {name: value for name, value in config.items() if value is not None}
    return {
        field.encode_name: value
        for field in fields_of(type(config))
        if (value := getattr(config, field.name)) is not None
    }


def masked(type_: type[msgspec.Struct], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they may be shown: secrets and values of headers masked."""
    shown = dict(values)
    for field in fields_of(type_):
        value = shown.get(field.encode_name)
        if isinstance(value, str) and _is_secret(field):
            shown[field.encode_name] = mask(value)
        elif isinstance(value, Mapping):
            shown[field.encode_name] = {name: mask(str(text)) for name, text in value.items()}
    return shown


def mask(secret: str) -> str:
    """Return `****...AbCd`, or stars alone when the secret is short."""
    if not secret:
        return ""
    return f"{MASK}...{secret[-_MASK_TAIL:]}" if len(secret) >= _TAIL_FROM else MASK


def merge_secrets(
    type_: type[msgspec.Struct], kept: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `new` with the secrets of `kept` where it has them masked.

    Raises `InvalidRequestError` when a masked value is not the one kept, and when the address
    changed too: a secret must not go to another host without being typed again.
    """
    shown = masked(type_, kept)
    merged = dict(new)
    taken: list[str] = []
    for field in fields_of(type_):
        name = field.encode_name
        value = new.get(name)
        if isinstance(value, str) and _is_secret(field) and value.startswith(MASK):
            merged[name] = _unmasked(name, value, shown.get(name), kept.get(name))
            taken.append(name)
        elif isinstance(value, Mapping):
            merged[name] = {
                at: _unmasked(
                    f"{name}.{at}",
                    text,
                    (shown.get(name) or {}).get(at),
                    (kept.get(name) or {}).get(at),
                )
                if isinstance(text, str) and text.startswith(MASK)
                else text
                for at, text in value.items()
            }
            taken += [f"{name}.{at}" for at, text in value.items() if text != merged[name][at]]
    if taken:
        for field in fields_of(type_):
            name = field.encode_name
            if "format" in _extra(field) and _origin(new.get(name)) != _origin(kept.get(name)):
                text = f"config.{taken[0]} must be typed again, since `{name}` has changed"
                raise InvalidRequestError(text, fields=[text])
    return merged


def _unmasked(name: str, value: str, shown: Any, kept: Any) -> Any:
    if value != shown:
        text = f"config.{name} is masked, and not the value that is kept"
        raise InvalidRequestError(text, fields=[text], hint="Send the secret itself.")
    return kept


def _origin(url: Any) -> tuple[str, str] | None:
    if not isinstance(url, str) or not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ("", url)
    return parts.scheme, parts.netloc.lower()


def form(config: type[msgspec.Struct]) -> tuple[FormField, ...]:
    """Return the inputs of a form for the config."""
    found = []
    for field in fields_of(config):
        meta, extra = _meta(field), _extra(field)
        options = _options(field.type)
        kind: Literal["text", "select", "headers", "number"] = "text"
        if options:
            kind = "select"
        elif field.name == "headers":
            kind = "headers"
        elif field.type in (int, float):
            kind = "number"
        default = None if field.required or field.default is msgspec.NODEFAULT else field.default
        found.append(
            FormField(
                key=field.encode_name,
                title=meta.title or field.encode_name,
                description=meta.description or "",
                required=field.required,
                secret=bool(extra.get("secret")),
                default=default,
                placeholder=str(extra.get("placeholder") or ""),
                kind=kind,
                options=options,
            )
        )
    return tuple(found)


def url_fields(config: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the keys whose values are URLs that a user typed."""
    return tuple(f.encode_name for f in fields_of(config) if "format" in _extra(f))


def _is_secret(field: msgspec.structs.FieldInfo) -> bool:
    return bool(_extra(field).get("secret"))


def _meta(field: msgspec.structs.FieldInfo) -> msgspec.Meta:
    for found in (field.type, *get_args(field.type)):
        if get_origin(found) is Annotated:
            metas = [m for m in found.__metadata__ if isinstance(m, msgspec.Meta)]
            if metas:
                return metas[0]
    return msgspec.Meta()


def _extra(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    return _meta(field).extra_json_schema or {}


def _options(type_: Any) -> tuple[str, ...]:
    info = type_info(type_)
    while isinstance(info, Metadata):
        info = info.type
    return tuple(str(v) for v in info.values) if isinstance(info, LiteralType) else ()
