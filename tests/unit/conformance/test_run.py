"""The command: what it says without decoders, and what it finds by itself."""

from pathlib import Path

import pytest

from conformance import __main__ as command
from conformance.corpus import Case
from conformance.views import PhotoView, View
from tests.support.corpus import camera
from tests.support.corpus.photos import compass, encoded


class Stubborn:
    """A decoder that sees one pixel in whatever it is shown."""

    name = "stubborn"
    program = "/usr/bin/stubborn"

    def see(self, files: dict[Path, View]) -> dict[Path, View]:
        return {file: PhotoView(1, 1) for file in files}


def test_without_any_decoder_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert command.main(["png-rgb"]) == 2
    assert "libvips: not installed, skipped" in capsys.readouterr().err


def test_a_name_of_no_case_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["jpeg-of-nothing"]) == 2
    assert "jpeg-of-nothing" in capsys.readouterr().err


def test_a_disagreement_that_nothing_explains_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "DECODERS", (Stubborn(),))
    monkeypatch.setattr("conformance.privacy.shutil.which", lambda _: None)
    assert command.main(["png-rgb"]) == 1
    printed = capsys.readouterr().out
    assert "png-rgb/stubborn/size: 120 x 80 here, 1 x 1 there\n      NOT EXPLAINED" in printed
    assert "png-rgb/stubborn-of-processed/size" in printed


def test_a_secret_in_an_output_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = {"processed": encoded(compass(), "JPEG", comment=camera.COMMENT)}
    monkeypatch.setattr(command, "view_photo", lambda _: (PhotoView(120, 80), outputs))
    run = command.Run()
    run.add(Case("leaky", ".jpg", lambda: b""), tmp_path)
    assert [each.name for each in run.found] == ["leaky/bytes/private"]


def test_half_a_photo_that_is_shown_is_a_disagreement(tmp_path: Path) -> None:
    run = command.Run()
    run.add(Case("half", ".png", lambda: encoded(compass(), "PNG"), refused=True), tmp_path)
    assert [each.name for each in run.found] == ["half/processed/half"]
