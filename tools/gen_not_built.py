"""Writes the table of the published `opik` client's operations: method, path template, name.

Usage: python tools/gen_not_built.py PATH_TO_SITE_PACKAGES/opik

The client is only read, by its syntax tree, never imported. Of each operation three facts are
kept: the HTTP method, the path template and `group.method`, which is how users call it. What is
built needs no mark: the server works that out from its own routes when it starts.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path("src/sightline/api/opik/not_built_operations.json")
# Served by the OTLP face.
OTHER_FACES = {"open_telemetry_ingestion"}


def operations(rest_api: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (method, path template, name) of each operation in the client."""
    for file in sorted(rest_api.glob("*/raw_client.py")):
        group = file.parent.name
        if group in OTHER_FACES:
            continue
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("Async"):
                for function in node.body:
                    if isinstance(function, ast.FunctionDef) and function.name != "__init__":
                        yield *_request(function), f"{group}.{function.name}"


def _request(function: ast.FunctionDef) -> tuple[str, str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and any(k.arg == "method" for k in node.keywords):
            method = next(k.value for k in node.keywords if k.arg == "method")
            return ast.literal_eval(method), "/" + _template(node.args[0])
    raise SystemExit(f"{function.name}: no request found")


def _template(path: ast.expr) -> str:
    """Return `a/{b}/c` of a path, which is a string or an f-string of `encode(name)` calls."""
    if isinstance(path, ast.Constant):
        return str(path.value)
    if not isinstance(path, ast.JoinedStr):
        raise SystemExit(f"{ast.dump(path)}: not a path")
    parts = []
    for piece in path.values:
        if isinstance(piece, ast.FormattedValue):
            names = [n.id for n in ast.walk(piece) if isinstance(n, ast.Name)]
            parts.append("{" + names[-1] + "}")
        else:
            parts.append(str(ast.literal_eval(piece)))
    return "".join(parts)


def main() -> None:
    """Write the table."""
    table = {
        f"{method} {path}": name
        for method, path, name in sorted(
            operations(Path(sys.argv[1]) / "rest_api"), key=lambda o: (o[1], o[0])
        )
    }
    TARGET.write_text(json.dumps(table, indent=0) + "\n")
    print(f"{TARGET}: {len(table)} operations")


if __name__ == "__main__":
    main()
