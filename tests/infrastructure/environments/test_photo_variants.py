"""``[[photos.variants]]``: what may be added, and a clear word about what may not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.contract.names import PHOTO_VARIANTS, RENDERING_VERSION
from handlers.contract.photo_variants import REQUIRED, Encoding, Variant, table
from handlers.validate import fan_out
from handlers.validate.limits import Limits
from modules.environments import config, photo_variants
from modules.stack import synthesize
from tests.infrastructure.environments.test_config import GOOD, write

PORTAL = '[[photos.variants]]\nname = "portal"\nwidth = 2048\nformat = "jpeg"\nmax_bytes = 4_000_000\n'
PAGE = '[[photos.variants]]\nname = "page"\nwidth = 1600\nformat = "webp"\nmax_bytes = 500_000\n'
ADDED = (
    Variant("portal", 2048, Encoding.JPEG, 4_000_000),
    Variant("page", 1600, Encoding.WEBP, 500_000),
)


def changed(old: str, new: str) -> str:
    assert old in PORTAL
    return PORTAL.replace(old, new)


def test_variants_are_added_in_the_files_order(tmp_path: Path) -> None:
    assert config.load("x", write(tmp_path, GOOD + PORTAL + PAGE)).photo_variants == ADDED


@pytest.mark.parametrize("name", config.names())
def test_the_environments_that_are_shipped_add_none(name: str) -> None:
    assert config.load(name).photo_variants == ()


@pytest.mark.parametrize(
    ("text", "key", "reason", "remedy"),
    [
        pytest.param("[photos]\n", "photos.variants", "is empty", "leave [photos] out", id="nothing added"),
        pytest.param(
            "[photos]\nvariants = 3\n", "photos.variants", "3 is no list", "[[photos.variants]]", id="no list"
        ),
        pytest.param(
            "".join(changed("portal", f"portal{number}") for number in range(5)),
            "photos.variants",
            "5 are too many",
            "write 4 at most",
            id="too many",
        ),
        pytest.param(changed("portal", "Portal"), "photos.variants[1].name", "'Portal'", "a-z and 0-9", id="capital"),
        pytest.param(changed("portal", "por-tal"), "photos.variants[1].name", "'por-tal'", "a-z and 0-9", id="dash"),
        pytest.param(changed("portal", "p" * 17), "photos.variants[1].name", "is not allowed", "1-16", id="long name"),
        pytest.param(
            changed("portal", "large"),
            "photos.variants[1].name",
            "'large' is reserved",
            "another than",
            id="one of four",
        ),
        pytest.param(
            changed("portal", "processed"), "photos.variants[1].name", "reserved", "another than", id="the original"
        ),
        pytest.param(changed("portal", "poster"), "photos.variants[1].name", "reserved", "another", id="a video's"),
        pytest.param(PORTAL + PORTAL, "photos.variants[2].name", "'portal' is taken", "of its own", id="twice"),
        pytest.param(changed("2048", "3841"), "photos.variants[1].width", "3841", "16 to 3840", id="too wide"),
        pytest.param(changed("2048", '"2048"'), "photos.variants[1].width", "'2048'", "whole number", id="no number"),
        pytest.param(changed('"jpeg"', '"avif"'), "photos.variants[1].format", "'avif'", "jpeg or webp", id="format"),
        pytest.param(changed("4_000_000", "0"), "photos.variants[1].max_bytes", "0 is", "1000 to", id="no bytes"),
        pytest.param(
            changed("max_bytes = 4_000_000\n", ""), "photos.variants[1].max_bytes", "missing", "write a", id="no bound"
        ),
        pytest.param(PORTAL + "quality = 9\n", "photos.variants[1].quality", "unknown", "use one of", id="unknown key"),
        pytest.param(
            PAGE.replace("1600", "3840"),
            "photos.variants",
            "of 300",
            "timeout_seconds",
            id="more than an invocation does",
        ),
    ],
)
def test_a_wrong_variant_is_refused_with_file_key_reason_and_remedy(
    text: str, key: str, reason: str, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(config.ConfigError) as refused:
        config.load("x", write(tmp_path, GOOD + text))
    message = str(refused.value)
    assert message.startswith(f"environments/x.toml: {key}: ")
    assert reason in message
    assert remedy in message


def test_more_time_or_smaller_batches_make_room_for_a_large_variant(tmp_path: Path) -> None:
    large = PAGE.replace("1600", "3840")
    (tmp_path / "time").mkdir()
    (tmp_path / "batch").mkdir()
    longer = "[functions.thumbnails]\ntimeout_seconds = 900\n"
    assert config.load("x", write(tmp_path / "time", GOOD + longer + large)).photo_variants
    assert config.load(
        "x", write(tmp_path / "batch", GOOD + "[limits]\nmax_batch_assets = 2000\n" + large)
    ).photo_variants


def test_the_time_is_reckoned_for_the_chunks_that_validate_makes() -> None:
    assert Limits().batch_assets == photo_variants.MOST_ASSETS
    chunks = fan_out.chunks(photo_variants.MOST_ASSETS)
    assert (len(chunks), fan_out.LEAST_IN_CHUNK) == (photo_variants.MOST_CHUNKS, photo_variants.LEAST_IN_CHUNK)


def test_the_function_that_makes_them_is_told_and_earlier_results_are_of_another_rendering(tmp_path: Path) -> None:
    def emitted(name: str, variants: tuple[Variant, ...]) -> dict[str, dict[str, dict[str, object]]]:
        environment = replace(config.load("dev"), photo_variants=variants)
        [folder] = synthesize([environment], tmp_path / name)
        resources: dict[str, dict[str, dict[str, object]]] = json.loads((folder / "cdk.tf.json").read_text())[
            "resource"
        ]
        return resources

    plain, with_variants = emitted("plain", ()), emitted("added", ADDED)
    functions = with_variants["aws_lambda_function"]
    variables: dict[str, str] = functions["thumbnails"]["environment"]["variables"]  # type: ignore[index]
    assert table(variables) == (*REQUIRED, *ADDED)
    del variables[PHOTO_VARIANTS]
    for name in ("thumbnails", "validate"):
        before, after = (
            each["aws_lambda_function"][name]["environment"]["variables"]  # type: ignore[index]
            for each in (plain, with_variants)
        )
        assert before.pop(RENDERING_VERSION) != after.pop(RENDERING_VERSION)
    assert with_variants == plain
