"""`handlers.contract.photo_variants`: the table, its text, and names that cannot clash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.keys import MAX_KEY_BYTES, VARIANT_WIDTHS, MediaKey, variant_key
from handlers.contract.names import PHOTO_VARIANTS
from handlers.contract.photo_variants import NAME, REQUIRED, RESERVED, Encoding, Variant, table, to_text
from tests.support.builders import raw_key

ADDED = st.builds(
    Variant,
    name=st.from_regex(NAME, fullmatch=True),
    width=st.integers(1, 9999),
    encoding=st.sampled_from(Encoding),
    max_bytes=st.integers(1, 10**9),
)


def test_without_a_word_there_are_the_four_of_the_contract() -> None:
    assert table({}) == REQUIRED
    assert {variant.name: variant.width for variant in REQUIRED} == VARIANT_WIDTHS
    assert {variant.encoding for variant in REQUIRED} == {Encoding.JPEG}


@given(st.lists(ADDED, max_size=4))
def test_added_variants_read_as_they_were_written(added: list[Variant]) -> None:
    text = to_text(added)
    assert table({PHOTO_VARIANTS: text}) == (*REQUIRED, *added)
    assert not set(text) & set("\"'${}\\")  # Terraform and shells take it as it is


@pytest.mark.parametrize("text", ["a", "a:b:jpeg:1", "a:1:gif:1", "a:1:jpeg:1:2", "a:1:jpeg:None"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"{PHOTO_VARIANTS} must hold"):
        table({PHOTO_VARIANTS: text})


def test_no_variant_takes_the_place_of_another_output() -> None:
    assert {"thumbnail", "small", "medium", "large", "processed", "1080p", "poster"} == RESERVED


@given(st.sampled_from(["a", "a-b", "a-b-c", "a-large"]), st.sampled_from(["b", "c", "large"]), ADDED)
def test_no_two_photos_share_a_variants_key(stem: str, ending: str, variant: Variant) -> None:
    one, other = (MediaKey.parse(raw_key(f"{name}.jpg")) for name in (stem, f"{stem}-{ending}"))
    extension = variant.encoding.extension
    assert variant_key(one, variant.name, extension) != variant_key(other, variant.name, extension)
    assert variant_key(one, f"{ending}", extension) != variant_key(other, variant.name, extension)


@given(ADDED)
def test_the_longest_name_fits_behind_the_longest_key(variant: Variant) -> None:
    ending = f"-{variant.name}.{variant.encoding.extension}"
    assert MAX_KEY_BYTES + len(ending) <= 1024  # bytes that S3 allows
