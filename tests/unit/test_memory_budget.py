"""What bodies may take of a process's memory, and how much that is."""

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.api.kit.bodies import Body, BodyBudget, Decoder
from sightline.api.kit.memory import SMALL_BYTES, Memory
from sightline.core.errors import PayloadTooLargeError, QueueFullError, StoreUnavailableError
from sightline.core.memory import group_limits, limit_bytes, machine_bytes, used_bytes

MIB = 1 << 20


class Used:
    """A process that has as much as a test says, and gives back what the test says."""

    def __init__(self, used: int = 0, freed: int = 0) -> None:
        self.used, self.freed = used, freed

    def __call__(self) -> int:
        return self.used

    def give_back(self) -> None:
        self.used -= self.freed


def memory(limit: int, used: Used | None = None) -> Memory:
    used = used or Used()
    return Memory(limit, 512 * MIB, used, used.give_back)


def test_bodies_get_what_engine_and_program_leave() -> None:
    assert memory(1024 * MIB).for_bodies_bytes == 212 * MIB
    assert memory(1024 * MIB).largest(8) == 26 * MIB + MIB // 2
    # The engine must hold it as well.
    assert memory(2048 * MIB).largest(8) == 64 * MIB
    # Where nothing is left small bodies still go on.
    assert memory(512 * MIB).for_bodies_bytes == 64 * MIB


def test_a_body_alone_may_take_all_and_two_may_not() -> None:
    budget = BodyBudget(1 << 40, 1 << 40, memory(1024 * MIB))
    one, other = Body(budget), Body(budget)
    one.grow(20 * MIB)
    with pytest.raises(QueueFullError) as refused:
        other.grow(10 * MIB)
    assert refused.value.retry_after_s
    one.grow(6 * MIB)
    with pytest.raises(PayloadTooLargeError, match="larger than") as too_large:
        one.grow(MIB)
    assert "memory" in (too_large.value.hint or "")
    one.close()
    other.grow(10 * MIB)
    other.close()
    assert budget.memory.taken_bytes == budget.used_bytes == 0
    assert budget.memory.refused == 1


def test_full_memory_refuses_large_bodies_and_answers_not_small_ones() -> None:
    used = Used(950 * MIB)
    budget = BodyBudget(1 << 40, 1 << 40, memory(1024 * MIB, used))
    body = Body(budget)
    body.grow(SMALL_BYTES)
    with pytest.raises(QueueFullError):
        body.grow(1)
    with pytest.raises(StoreUnavailableError) as refused:
        budget.memory.admit()
    assert refused.value.retry_after_s
    used.used = 500 * MIB
    body.grow(MIB)
    budget.memory.admit()


def test_what_was_freed_is_given_back_before_anybody_is_refused() -> None:
    used = Used(950 * MIB, freed=300 * MIB)
    memory(1024 * MIB, used).admit()
    assert used.used == 650 * MIB


def test_a_bomb_comes_piece_by_piece() -> None:
    from backports import zstd

    pieces = Decoder("zstd").feed(zstd.compress(bytes(64 * MIB)))
    assert len(next(pieces)) <= MIB
    assert sum(map(len, pieces)) >= 63 * MIB


def test_groups_of_both_versions_have_limits(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("4:memory:/a/b\n3:cpu,cpuacct:/c\n0::/d.slice/e.service\n")

    def limit(path: str, text: str) -> None:
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    limit("memory/memory.limit_in_bytes", "9223372036854771712\n")
    limit("memory/a/b/memory.limit_in_bytes", "3000\n")
    limit("d.slice/memory.max", "2000\n")
    limit("d.slice/e.service/memory.max", "max\n")
    limit("c/memory.max", "1\n")
    assert sorted(group_limits(tmp_path, own)) == [2000, 3000, 9223372036854771712]
    # Beyond this a group is not ended, but held up.
    limit("d.slice/e.service/memory.high", "1500\n")
    assert min(group_limits(tmp_path, own)) == 1500
    # As a container sees it.
    limit("memory.max", "1000\n")
    assert min(group_limits(tmp_path, own)) == 1000
    assert list(group_limits(tmp_path / "none", tmp_path / "none")) == []


def test_ulimit_is_a_limit_too() -> None:
    code = "from sightline.core.memory import limit_bytes; print(limit_bytes())"
    shell = f'ulimit -v {4 << 20}; exec {sys.executable} -c "{code}"'
    found = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert int(found.stdout) == 1 << 30
    assert 64 * MIB <= limit_bytes() <= machine_bytes()
    assert used_bytes() > 10 * MIB
