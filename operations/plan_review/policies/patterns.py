"""Text with ``*`` and ``?`` as IAM matches it: whether one pattern matches all, or anything, that another does.

Both questions are decided exactly, as for the regular languages that patterns are; only policy variables and references
to what is not made yet (``${...}``) are kept as they stand, since nobody knows their values.
"""

import re
from functools import lru_cache
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
_PRIVATE: Final = 0xE000  # Unicode's private use area: a letter that stands for one variable
_OTHER: Final = "\x00"  # any character that stands in neither pattern
# Patterns can be written for which the proof takes for ever; beyond this many steps there is none.
_STEPS: Final = 20_000


@lru_cache(maxsize=50_000)
def contains(wide: str, narrow: str) -> bool:
    """Whether everything that `narrow` matches is matched by `wide`, whatever the variables in them hold."""
    if wide in ("*", narrow):
        return True
    wide, narrow = _with_letters(wide, narrow)
    alphabet = {*wide, *narrow, _OTHER} - {"*", "?"}
    seen: set[tuple[int, frozenset[int]]] = set()
    left = [(0, _closure(wide, frozenset({0})))]
    while left:
        state = left.pop()
        if state in seen:
            continue
        seen.add(state)
        if len(seen) > _STEPS:
            return False
        position, positions = state
        if position == len(narrow):
            if len(wide) not in positions:
                return False
            continue
        letter = narrow[position]
        if letter == "*":
            left.append((position + 1, positions))
        for each in alphabet if letter in "*?" else letter:
            if letter == "?" and _is_variable(each):
                continue
            left.append((position + (letter != "*"), _step(wide, positions, each)))
    return True


@lru_cache(maxsize=50_000)
def overlap(one: str, other: str) -> bool:
    """Whether some text may be matched by both; a variable may hold anything."""
    one, other = (_VARIABLE.sub("*", each) for each in (one, other))
    seen: set[tuple[int, int]] = set()
    left = [(0, 0)]
    while left:
        state = left.pop()
        if state in seen:
            continue
        seen.add(state)
        if len(seen) > _STEPS:
            return True
        i, j = state
        if i == len(one) and j == len(other):
            return True
        if i < len(one) and one[i] == "*":
            left += [(i + 1, j)] + [(i, j + 1)] * (j < len(other))
        elif j < len(other) and other[j] == "*":
            left += [(i, j + 1)] + [(i + 1, j)] * (i < len(one))
        elif i < len(one) and j < len(other) and (one[i] == other[j] or "?" in (one[i], other[j])):
            left.append((i + 1, j + 1))
    return False


def contains_arn(wide: str, narrow: str) -> bool:
    """`contains` for ARNs, segment by segment: nobody may rely on a ``*`` that reaches over a colon.

    AWS completes and matches ARNs by their six segments (IAM User Guide, "IAM JSON policy elements: Resource").
    """
    if wide in ("*", narrow):
        return True
    segments = [each.split(":", 5) for each in (wide, narrow)]
    if len(segments[0]) < 6 or len(segments[1]) < 6:
        return _shares_reference(wide, narrow) and contains(wide, narrow)
    return all(contains(one, other) for one, other in zip(*segments, strict=True))


def _shares_reference(wide: str, narrow: str) -> bool:
    """Whether both begin with the same reference, which stands for a whole ARN."""
    found = _VARIABLE.match(wide)
    return found is not None and narrow.startswith(found.group())


def _with_letters(*texts: str) -> list[str]:
    """Each variable as one letter that is the same wherever the variable is."""
    letters: dict[str, str] = {}
    return [
        _VARIABLE.sub(lambda found: letters.setdefault(found.group(), chr(_PRIVATE + len(letters))), text)
        for text in texts
    ]


def _is_variable(letter: str) -> bool:
    return ord(letter) >= _PRIVATE


def _closure(pattern: str, positions: frozenset[int]) -> frozenset[int]:
    """Positions that are reached without reading: a star may match nothing."""
    reached = set(positions)
    for position in sorted(positions):
        after = position
        while after < len(pattern) and pattern[after] == "*":
            after += 1
            reached.add(after)
    return frozenset(reached)


def _step(pattern: str, positions: frozenset[int], letter: str) -> frozenset[int]:
    after = set()
    for position in positions:
        if position < len(pattern):
            expected = pattern[position]
            if expected == "*":
                after.add(position)
            elif expected == letter or (expected == "?" and not _is_variable(letter)):
                after.add(position + 1)
    return _closure(pattern, frozenset(after))
