"""Text of a plan inside Markdown's spans and fences."""

import pytest

from operations.plan_review.output.escaping import code, fence, visible


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a<b>*c*", "`a<b>*c*`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("a`b", "<code>a&#96;b</code>"),
        ("a\\", "<code>a&#92;</code>"),
        ("", "<code> </code>"),
        (" a", "<code> a</code>"),
    ],
)
def test_code_span_holds_any_text(text: str, written: str) -> None:
    assert code(text) == written


def test_fence_is_longer_than_any_inside() -> None:
    assert fence("diff", [" ```", "+````"]) == ["`````diff", " ```", "+````", "`````"]


def test_what_nobody_sees_is_shown() -> None:
    assert visible("a\u202eb\nc\td\x00\ud800") == "a<U+202E>b⏎c d<U+0000><U+D800>"
