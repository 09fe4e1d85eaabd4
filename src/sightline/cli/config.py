"""`sightline config show`: every setting, its value and where that came from."""

import argparse
from typing import Any


def add(verbs: Any) -> None:
    parser = verbs.add_parser("config", help="show the settings in force")
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    show = actions.add_parser("show", help="every setting, its value and its source")
    show.add_argument("--all", action="store_true", help="also what each setting is for")
    show.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the settings; secrets are masked."""
    from sightline.settings import load, names, shown, value

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
