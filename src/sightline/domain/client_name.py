"""Which program sends: a name and a version, told from what it says of itself in its headers.

Nothing else of a header is kept: a name is a known one or a few letters, a version a few numbers.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

OTHER = "other"
UNNAMED = "unnamed"

_MOST_SAID = 400
_VERSION = r"/?v?(?P<version>\d{1,4}(?:\.\d{1,5}){0,3})?"
# Programs whose User-Agent is not simply their name; the first that fits names them.
_KNOWN = tuple(
    (re.compile(pattern + _VERSION, re.IGNORECASE), name)
    for pattern, name in (
        (r"^otel[- ]otlp(?:[- ]json)?[- ]exporter[- ](?P<language>[a-z]{1,12})\b", "otel-{}"),
        (r"^opentelemetry collector[a-z ]{0,20}", "otel-collector"),
        (r"^otelcol[a-z-]{0,20}", "otel-collector"),
        (r"^(?:async)?openai/(?P<language>python|js)[ /]", "openai-{}"),
        (r"^(?:async)?anthropic/(?P<language>python|js)[ /]", "anthropic-{}"),
        (r"\baiohttp", "aiohttp"),
        (r"^python-urllib", "python-urllib"),
        (r"^go-http-client", "go-http-client"),
        (r"^okhttp", "okhttp"),
        (r"^postmanruntime", "postman"),
        (r"^apache-httpclient", "apache-httpclient"),
        (r"^mozilla", "browser"),
    )
)
_PLAIN = re.compile(
    rf"^(?P<name>[a-z](?:[a-z]|[-_.](?=[a-z])){{1,31}})(?=[/ (;,]|$){_VERSION}", re.I
)
# What a browser calls itself has the numbers of its engine, which nobody asks for.
_WITHOUT_VERSION = {"browser"}
_NUMBERS = re.compile(r"^\d{1,4}(?:\.\d{1,5}){0,3}")


def client_name(headers: Mapping[bytes, bytes]) -> str:
    """Return `name/version` or `name`; `headers` are as ASGI has them, names in lower case.

    A program that says nothing is `unnamed`, one that is neither known nor says a plain name is
    `other`.
    """
    sdk = headers.get(b"x-opik-debug-sdk-version")
    if sdk is not None:
        return _named("opik-python", sdk[:_MOST_SAID].decode("latin-1"))
    fern = headers.get(b"x-fern-sdk-name")
    if fern == b"opik":
        version = headers.get(b"x-fern-sdk-version", b"")[:_MOST_SAID].decode("latin-1")
        is_python = headers.get(b"x-fern-language", b"").lower() == b"python"
        return _named("opik-python" if is_python else "opik-js", version)
    return said_name(headers.get(b"user-agent", b"")[:_MOST_SAID].decode("latin-1"))


@lru_cache(maxsize=512)
def said_name(user_agent: str) -> str:
    """Return `name/version` or `name` of a User-Agent."""
    said = user_agent[:_MOST_SAID].strip()
    if not said:
        return UNNAMED
    for pattern, name in _KNOWN:
        if (match := pattern.search(said)) is not None:
            found = match.groupdict()
            name = name.format((found.get("language") or "").lower())
            return _named(name, "" if name in _WITHOUT_VERSION else found["version"] or "")
    if (match := _PLAIN.match(said)) is not None:
        return _named(match["name"].lower(), match["version"] or "")
    return OTHER


def without_version(client: str) -> str:
    """Return the name alone."""
    return client.partition("/")[0]


def _named(name: str, version: str) -> str:
    match = _NUMBERS.match(version)
    return f"{name}/{match[0]}" if match else name
