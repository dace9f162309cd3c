"""Text of a plan inside Markdown: whatever a key, value or name holds, it stays where it was put.

Rules of the GitHub Flavored Markdown Spec: a code span ends at as many backticks as began it; a table's cell ends at
a pipe, also inside a code span, unless a backslash stands before it; a fence ends at a line of as many backticks.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

# With none of these, and no blank at an end, a code span and a table's cell take a text as it is.
_UNSAFE: Final = re.compile(r"[`|\\]|^\s|\s$|^$")
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def visible(text: str) -> str:
    """Text on one line, without characters that nobody sees, that turn its direction, or that no encoding has."""
    return "".join(_shown(each) for each in text)


def code(text: str) -> str:
    """A code span, also in a table; as HTML where Markdown has no safe way to write it."""
    shown = visible(text)
    return f"<code>{''.join(map(_entity, shown)) or ' '}</code>" if _UNSAFE.search(shown) else f"`{shown}`"


def summary(text: str) -> str:
    """A fold's line, where HTML counts and Markdown does not."""
    return f"<details><summary><code>{html.escape(visible(text))}</code></summary>"


def fence(language: str, lines: Sequence[str]) -> list[str]:
    """A fenced block that nothing inside ends."""
    shown = [visible(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall(r"`+", line)), default=0)
    marks = "`" * max(3, longest + 1)
    return [f"{marks}{language}", *shown, marks]


def _shown(character: str) -> str:
    if character == "\n":
        return "⏎"
    if character == "\t":
        return " "
    if unicodedata.category(character) in _INVISIBLE:
        return f"<U+{ord(character):04X}>"
    return character


def _entity(character: str) -> str:
    """HTML's number of a character that Markdown, HTML or GitHub's own references could mean something by."""
    plain = character.isalnum() or not character.isascii() or character in " .,/"
    return character if plain else f"&#{ord(character)};"
