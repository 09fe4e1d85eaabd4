"""Free text: looked for everywhere, without case; and filters on rows told in parts."""

import pytest

from sightline.core.ids import format_id
from sightline.stores.analytics.engine import Analytics
from tests.stores.query_world import HOUR, NOW, SECOND, Library, every, where

DAYS = 48 * HOUR


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


async def test_a_filter_sees_the_merged_row_and_not_its_parts(library: Library) -> None:
    id = await library.trace(0, name="old", tags=["a"])
    await library.trace(0, id=id, name="new", version_us=NOW + SECOND)
    assert await library.matching("trace", where("name", "=", "old")) == set()
    both = every(where("name", "=", "new"), where("tags", "=", "a"))
    assert await library.matching("trace", both) == {"new"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("needle", {"name", "input", "output", "metadata", "tag"}),
        ("  NEEDLE  ", {"name", "input", "output", "metadata", "tag"}),
        ("needle in", {"input"}),
        ("100%", {"tag"}),
        ('"q"', {"input"}),
        ("nothing like it", set()),
        ("{p0:String}", set()),
        ("ÜBER", {"accent"}),
    ],
)
async def test_search_looks_everywhere_without_case(
    library: Library, text: str, names: set[str]
) -> None:
    await library.trace(0, name="Needle")
    await library.trace(1, name="input", input='{"q":"a needle in hay"}')
    await library.trace(2, name="output", output='"NEEDLE"')
    await library.trace(3, name="metadata", metadata='{"needle":1}')
    await library.trace(4, name="tag", tags=["x", "needle 100%"])
    await library.trace(5, name="accent", output='"\\u00fcber"')
    await library.trace(6, name="plain")
    expected = {"Needle" if name == "name" else name for name in names}
    assert await library.matching("trace", every(), search=text) == expected
    only = await library.matching("trace", where("name", "=", "tag"), search=text)
    assert only == expected & {"tag"}


async def test_search_finds_by_part_of_an_id(library: Library) -> None:
    id = await library.trace(name="found")
    await library.trace(DAYS, name="other")
    for text in (format_id(id), format_id(id)[19:].upper()):
        assert await library.matching("trace", every(), search=text) == {"found"}
