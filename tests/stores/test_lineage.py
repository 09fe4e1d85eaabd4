"""Damaged merges, and what they were merged from: told by the files, and tried on the engine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.stores.analytics.lineage import Listing, PartName, listing, replaced, unfinished


def _listing(parts: str, aside: str = "", rowless: tuple[int, ...] = ()) -> Listing:
    read = [PartName.read(name) for name in parts.split()]
    assert None not in read
    return Listing(frozenset(filter(None, read)), frozenset(aside.split()), frozenset(rowless))


@pytest.mark.parametrize(
    ("sources", "rowless", "is_replaced"),
    [
        ("all_1_2_1 all_3_3_0 all_4_9_2", (), True),
        ("all_1_8_2 all_9_9_0", (), True),
        # Itself, before its rows were changed.
        ("all_1_9_3", (), True),
        ("all_1_2_1 all_3_3_0 all_4_8_2", (), False),
        ("all_2_9_2", (), False),
        ("all_1_2_1 all_4_9_2", (), False),
        # The third number is of a change.
        ("all_1_2_1 all_4_9_2", (3,), True),
        ("all_1_2_1 all_5_9_2", (3,), False),
        ("all_1_7_2", (8, 9), True),
        # Not what it was merged from: of another partition, merged as often, changed later.
        ("b_1_9_2", (), False),
        ("all_1_9_4", (), False),
        ("all_1_8_3 all_9_9_0", (), False),
        ("all_1_9_2_12", (), False),
        ("", (), False),
        # What it was merged into itself: with others, or when its rows were changed.
        ("all_1_11_4_10", (), True),
        ("all_1_9_3_12", (), True),
        # Merged before its rows were changed, as often, or without some of it.
        ("all_1_11_4", (), False),
        ("all_1_11_3_10", (), False),
        ("all_1_8_4_10", (), False),
        ("b_1_11_4_10", (), False),
    ],
)
def test_each_number_must_be_somewhere(
    sources: str, rowless: tuple[int, ...], is_replaced: bool
) -> None:
    name = "broken-on-start_all_1_9_3_10"
    before = _listing(f"all_1_9_3_10 all_10_11_1 {sources}", "ignored_all_1_1_0", rowless)
    after = _listing(f"all_10_11_1 {sources}", f"ignored_all_1_1_0 {name}")
    assert replaced(before, after) == ([name] if is_replaced else [])


def test_what_is_damaged_too_is_no_source() -> None:
    parts = "all_1_2_1 all_3_4_1 all_1_4_2"
    aside = "broken-on-start_all_1_4_2 broken-on-start_all_3_4_1_try1"
    assert replaced(_listing(parts), _listing("all_1_2_1", aside)) == []
    # What it was merged from itself may stand for it.
    more = "all_3_3_0 all_4_4_0"
    found = replaced(_listing(f"{parts} {more}"), _listing(f"all_1_2_1 {more}", aside))
    assert found == sorted(aside.split())


def test_what_it_was_merged_into_must_be_sound_and_no_newer() -> None:
    aside = "broken-on-start_all_1_2_1"
    assert replaced(_listing("all_1_2_1 all_1_4_2"), _listing("all_1_4_2", aside)) == [aside]
    # Made of what was left.
    assert replaced(_listing("all_1_2_1"), _listing("all_1_4_2", aside)) == []
    both = f"{aside} broken-on-start_all_1_4_2"
    assert replaced(_listing("all_1_2_1 all_1_4_2"), _listing("", both)) == []


@pytest.mark.parametrize(
    ("broken", "aside", "is_unfinished"),
    [
        ("all_7_7_0", "broken-on-start_all_7_7_0", True),
        ("all_7_7_0", "broken-on-start_all_7_7_0_try1", True),
        # It was merged, or changed: what was acknowledged may be in it.
        ("all_7_9_1", "broken-on-start_all_7_9_1", False),
        ("all_7_7_0_8", "broken-on-start_all_7_7_0_8", False),
        # Another part, or laid aside for another reason.
        ("all_7_7_0", "broken-on-start_all_8_8_0", False),
        ("all_7_7_0", "covered-by-broken_all_7_7_0", False),
        ("", "broken-on-start_all_7_7_0", False),
    ],
)
def test_what_an_insert_left_not_whole_is_told(
    broken: str, aside: str, is_unfinished: bool
) -> None:
    found = unfinished(broken.split(), _listing("all_1_6_2", aside))
    assert found == ([aside] if is_unfinished else [])


def test_only_what_was_laid_aside_meanwhile_is_told() -> None:
    """Later, merges of what was left have the names of what is missing, too."""
    aside = "broken-on-start_all_1_4_1"
    again = _listing("all_1_4_2 all_1_4_1", aside)
    assert replaced(again, again) == []


def test_a_folder_is_read(tmp_path: Path) -> None:
    for name in ("all_1_1_0", "all_1_3_1_4", "tmp_merge_all_1_3_2", "detached/all_9_9_0"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("format_version.txt", "mutation_7.txt", "tmp_mutation_8.txt"):
        (tmp_path / name).touch()
    assert listing(tmp_path) == _listing("all_1_1_0 all_1_3_1_4", "all_9_9_0", (0, 4, 7))
    shutil.rmtree(tmp_path / "detached")
    assert listing(tmp_path).aside == frozenset()


# Four inserts, a change between them, and their merge; and then what is done to its files.
_MADE = """
import sys
from pathlib import Path
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions

folder = Path(sys.argv[1])
store = Analytics(AnalyticsOptions(dsn=f"chdb://{folder}"))
client = store._connect()
table = folder / "data" / "default" / "made"

def made():
    client.command(
        "CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n"
        " SETTINGS old_parts_lifetime = 60"
    )
    for n in range(4):
        client.command(f"INSERT INTO made SELECT number + {n}000 FROM numbers(1000)")
        if n == 1:
            client.command("DELETE FROM made WHERE n = 5")
    client.command("OPTIMIZE TABLE made FINAL")
    (whole,) = table.glob("all_1_5_*")
    data = whole / "data.bin"
    data.write_bytes(data.read_bytes()[:-9])

def shown():
    client.command("OPTIMIZE TABLE made FINAL")
    rows = client.query("SELECT count(), sum(n) FROM made").result_rows
    aside = client.query("SELECT count() FROM system.detached_parts").result_rows
    print(*rows[0], aside[0][0])
"""


def _run(store: Path, what: str) -> str:
    words = [sys.executable, "-c", _MADE + what, str(store)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout.strip()


def test_an_open_tells_before_sources_are_merged_anew(tmp_path: Path) -> None:
    store = tmp_path / "store"
    _run(store, "made()")
    whole = f"3999 {sum(n * 1000 + m for n in range(4) for m in range(1000)) - 5} 0"
    assert _run(store, "shown()") == whole
    assert _run(store, "shown()") == whole


def test_what_lost_a_source_is_never_deleted(tmp_path: Path) -> None:
    store = tmp_path / "store"
    _run(store, "made()")
    (lost,) = (store / "data" / "default" / "made").glob("all_4_4_*")
    shutil.rmtree(lost)
    for _ in range(2):
        # The second time there is a part of that name which looks as if it had all.
        rows, _, aside = _run(store, "shown()").split()
        assert (rows, aside) == ("2999", "1")
