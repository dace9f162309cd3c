"""Pieces of a text that are told whole or left out, so that a text that is cut stays well-formed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CLOSING: Final = 200  # characters that a cut text keeps for what it says of the cut


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together.

    Parameters
    ----------
    head, foot
        What opens and closes it.
    items
        What stands between, of which any number from the first may be told.
    """

    head: Sequence[str]
    items: Sequence[str] = ()
    foot: Sequence[str] = ()


def joined(blocks: Sequence[Block], limit: int) -> tuple[str, bool]:
    """As much of the blocks as fits into a number of characters, 0 for all, and whether that is all."""
    lines: list[str] = []
    left = limit
    whole = True
    for block in blocks:
        frame = [*block.head, *block.foot]
        room = left - _length(frame)
        kept = []
        for item in block.items:
            room -= _length([item])
            if limit and room < 0:
                whole = False
                break
            kept.append(item)
        if limit and (left < _length(frame) or (block.items and not kept)):
            whole = False
            continue
        lines += [*block.head, *kept, *block.foot]
        left -= _length([*frame, *kept])
    return "\n".join(lines).rstrip() + "\n", whole


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
