"""`sightline config show`: every setting, its value and where that came from."""

import argparse
import re
from typing import Any

_SECRET_NAME = re.compile(r"(^|_)(secret|password|token|api_key)$")
# user:password@ in a URL, and values of parameters that name a secret.
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
_PARAMETER = re.compile(r"(?i)([?&](?:password|secret|token|key)[^=&]*=)[^&]*")


def add(verbs: Any) -> None:
    parser = verbs.add_parser("config", help="show the settings in force")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    show = actions.add_parser("show", help="every setting, its value and its source")
    show.add_argument("--all", action="store_true", help="also what each setting is for")
    show.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the settings; secrets are masked."""
    from sightline.settings import load, names

    loaded = load()
    rows = [("setting", "value", "from")]
    notes = [""]
    for path in names():
        rows.append(
            (path, shown(path, value(loaded.settings, path)), loaded.sources.get(path, "default"))
        )
        notes.append(description(path))
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    for row, note in zip(rows, notes, strict=True):
        print(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")
        if args.all and note:
            print(f"    {note}")
    print(
        "\nSet one in sightline.toml ([room] and field), or in the environment: "
        "SIGHTLINE_<ROOM>__<FIELD>."
    )
    return 0


def value(settings: Any, path: str) -> Any:
    """Return the value of `room.field`."""
    room, _, field = path.partition(".")
    return getattr(getattr(settings, room), field)


def shown(path: str, value: Any) -> str:
    """Return the value as it may be printed."""
    if value == "" or value is None:
        return "-"
    if _SECRET_NAME.search(path.rpartition(".")[2]):
        return "***"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


def description(path: str) -> str:
    """Return what the setting is for, as its room says."""
    import typing

    import msgspec

    from sightline.settings import Settings

    room, _, field = path.partition(".")
    options = {f.name: f.type for f in msgspec.structs.fields(Settings)}[room]
    hint = typing.get_type_hints(options, include_extras=True)[field]
    for extra in typing.get_args(hint)[1:]:
        if isinstance(extra, msgspec.Meta) and extra.description:
            return extra.description
    return ""
