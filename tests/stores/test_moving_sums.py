"""Sums of rows, by which two stores are compared when one is moved."""

import pytest

from sightline.core.ids import new_id
from sightline.stores.analytics import moving
from sightline.stores.analytics.engine import Analytics


async def test_rows_with_nulls_are_compared(analytics: Analytics) -> None:
    if not analytics.is_embedded:
        pytest.skip("what is moved is an embedded store")
    looked_at = 0
    for table in await moving.tables(analytics):
        columns = zip(table.columns, table.types, strict=True)
        for column in [name for name, type_ in columns if "Nullable(" in type_]:
            await _each_value_counts(analytics, table, column)
            looked_at += 1
    assert looked_at >= 7


async def _each_value_counts(analytics: Analytics, table: moving.MovedTable, column: str) -> None:
    workspace, project = (new_id().hex().upper() for _ in range(2))

    async def put(value: str) -> moving.Sum:
        """Replace the row, and return the sum of its project."""
        await analytics.command(
            f"INSERT INTO {table.name} (workspace_id, project_id, {column}) "
            f"SELECT unhex('{workspace}'), unhex('{project}'), {value}"
        )
        return (await moving.sums(analytics, table))[workspace, project]

    nothing = await put("NULL")
    assert nothing.rows == 1
    found = {value: await put(value) for value in ("0", "1")}
    assert len({nothing, *found.values()}) == 3, (table.name, column, nothing, found)
    assert await put("NULL") == nothing
