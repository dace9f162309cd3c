"""`bench.similarity` and `bench.photograph`: the ruler of the photo benchmark."""

import pytest
from PIL import Image, ImageFilter

from bench.photograph import photograph, photograph_jpeg
from bench.similarity import ssim

PHOTO = photograph((160, 120))


def test_a_picture_is_like_itself() -> None:
    assert ssim(PHOTO, PHOTO) == pytest.approx(1.0, abs=1e-6)


def test_more_damage_is_less_likeness() -> None:
    soft, softer = (PHOTO.filter(ImageFilter.GaussianBlur(radius)) for radius in (0.6, 2))
    assert 1 > ssim(PHOTO, soft) > ssim(PHOTO, softer) > 0


def test_the_formula_gives_the_published_value_for_flat_photos() -> None:
    # With no variance only luminance remains: (2xy + C1) / (x^2 + y^2 + C1), C1 = (0.01 * 255)^2
    one, other = Image.new("L", (32, 32), 100), Image.new("L", (32, 32), 150)
    expected = (2 * 100 * 150 + 6.5025) / (100**2 + 150**2 + 6.5025)
    assert ssim(one, other) == pytest.approx(expected, abs=1e-5)


def test_an_inverted_photo_is_unlike() -> None:
    assert ssim(PHOTO, PHOTO.point(lambda value: 255 - value)) < 0


@pytest.mark.parametrize("size", [(159, 120), (7, 7)])
def test_what_cannot_be_compared_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        ssim(PHOTO.resize((7, 7)) if size == (7, 7) else PHOTO, PHOTO.resize(size))


def test_the_photograph_is_the_same_every_time_and_another_for_another_seed() -> None:
    assert photograph_jpeg((120, 80)) == photograph_jpeg((120, 80))
    assert photograph((120, 80), seed=1).tobytes() != photograph((120, 80), seed=2).tobytes()
