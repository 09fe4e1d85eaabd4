"""Spellings of one model name: dates, versions and regions that do not change the model."""

import re
from collections.abc import Iterator

_DATE = r"20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])"

# Suffixes that date or number a release of the same model. One is cut at a time until none fits,
# so `-20241022-v2:0` goes in three steps.
_RELEASES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?P<kept>.+):\d+k?$",  # Bedrock revision and context size
        rf"^(?P<kept>.+)@(?:{_DATE}|latest|default|\d{{3}})$",  # Vertex version
        rf"^(?P<kept>.+)-{_DATE}$",
        r"^(?P<kept>(?:[^/]*/)*gemini-[^/]+)-00\d$",  # Gemini revision
        # Claude on Bedrock and Vertex. Only after a number: `claude-v2` is a model of its own.
        r"^(?P<kept>(?:[^/]*/)*(?:[a-z-]+\.){0,2}claude-[a-z-]*\d[^/]*)-v\d$",
    )
)

# Suffixes clients add without naming another model. Not read backwards: a listed `x-latest` says
# nothing about a plain `x`.
_LOOSE: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?P<kept>.+)\[\d+m\]$",  # Claude Code's context size
        r"^(?P<kept>.+):(?:beta|nitro|floor|exacto|online|thinking)$",  # OpenRouter routing
        r"^(?P<kept>.+)-latest$",
        # Gemini previews, MM-DD and MM-YYYY.
        r"^(?P<kept>.+)-preview-(?:0[1-9]|1[0-2])-(?:\d{2}|20\d{2})$",
    )
)

_FINE_TUNED = re.compile(r"^(ft:[^:]+):.*$")
_BEDROCK_REGION = re.compile(
    r"^(?:us|eu|apac|ap|au|jp|ca|sa|me|af|il|in|mx|uk|global|us-gov)\.(?=[a-z0-9]+\.)"
)
_BEDROCK_MAKER = re.compile(r"^anthropic\.(?=claude-)")
_AZURE_TURBO = re.compile(r"^gpt-35-")
_ARN = re.compile(r"^arn:aws[a-z-]*:bedrock:.*/")


def fold(name: str) -> str:
    """Key under which `claude-3.5-sonnet` and `claude-3-5-sonnet` are the same."""
    return name.replace(".", "-")


def undated(name: str) -> Iterator[str]:
    """The names a listed model also answers to: its release suffixes cut off one by one."""
    while (shorter := _cut(name, _RELEASES)) is not None:
        yield shorter
        name = shorter


def spellings(name: str) -> Iterator[str]:
    """Ways a list may spell a lower-case name without provider, most exact first."""
    for base in _bases(name):
        yield base
        shorter = base
        while (cut := _cut(shorter, _LOOSE + _RELEASES)) is not None:
            yield cut
            shorter = cut


def without_arn(name: str) -> str | None:
    """Model id inside a Bedrock ARN; None for any other name."""
    bare = _ARN.sub("", name)
    return bare if bare != name else None


def _bases(name: str) -> Iterator[str]:
    if fine_tuned := _FINE_TUNED.match(name):
        # The base model is cheaper: without a price for tuned calls there is none.
        yield fine_tuned[1]
        return
    yield name
    bare = _BEDROCK_REGION.sub("", name)
    if bare != name:
        yield bare
    if (of_maker := _BEDROCK_MAKER.sub("", bare)) != bare:
        yield of_maker
    if (dotted := _AZURE_TURBO.sub("gpt-3.5-", name)) != name:
        yield dotted


def _cut(name: str, suffixes: tuple[re.Pattern[str], ...]) -> str | None:
    return next((found["kept"] for suffix in suffixes if (found := suffix.match(name))), None)
