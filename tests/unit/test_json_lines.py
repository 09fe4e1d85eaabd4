"""A body of JSON lines: one of blank lines comes to an end."""

import pytest

from sightline.api.console._json_lines import _Held
from sightline.api.kit.bodies import BodyBudget
from sightline.api.kit.memory import Memory
from sightline.core.errors import InvalidRequestError

MIB = 1 << 20


@pytest.mark.parametrize("line", [b"\n", b"\t \r\n", b" "])
def test_a_body_of_blank_lines_comes_to_an_end(line: bytes) -> None:
    held = _Held(BodyBudget(64 * MIB, 64 * MIB, Memory(1 << 40, MIB)))
    piece = (line * 65_536)[:65_536]
    with pytest.raises(InvalidRequestError, match="blank lines"):
        for _ in range(17 * 16):
            held.add(piece)
            held.give_back()
    held.close()
