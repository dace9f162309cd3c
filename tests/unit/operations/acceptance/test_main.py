"""`make acceptance`: exit codes, reports, and the account that it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from modules.environments import config
from operations.acceptance import __main__ as acceptance
from operations.acceptance import report
from operations.acceptance.account import become_backend, open_account, s3_config
from operations.acceptance.batch import plan_batch
from operations.acceptance.check import Check, Seen, judge
from operations.acceptance.letters import take_letters
from operations.acceptance.samples import Sample
from tests.support.acceptance import OUTPUTS, Client, Planted, picture, refusal
from tests.support.builders import REGION
from toolchain.errors import SetupError

PHOTO = Sample("café [1] & 2.jpg", "PHOTO_HORIZONTAL", "image/jpeg", picture((4, 3)), (4, 3))
GOOD = Check("fine", "all | well", lambda _: Seen(True, "all | well"))
BAD = Check("broken", "all well", lambda _: Seen(False, "a [hole]"))


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Let the command judge these checks on a run that is made up; the folder of its report."""

    def prepare(*checks: Check) -> Path:
        planted = Planted([PHOTO], lambda _: b"")
        proof = report.describe("dev", planted.run, list(judge(checks, planted.run)))
        monkeypatch.setattr(acceptance, "prove", lambda *_: proof)
        monkeypatch.setattr(acceptance, "FOLDER", tmp_path)
        return tmp_path / "dev"

    return prepare


def test_all_well_is_0(proven: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = proven(GOOD)
    assert acceptance.main(["dev"]) == 0
    written = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [(check["name"], check["result"]) for check in written["checks"]] == [("fine", "OK")]
    assert "| fine | all \\| well | all \\| well | ok |" in (folder / "report.md").read_text(encoding="utf-8")
    assert "Nothing was deleted from the bucket" in capsys.readouterr().out


def test_a_failed_check_is_1(proven: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    proven(GOOD, BAD)
    assert acceptance.main(["dev"]) == 1
    assert "a [hole]" in capsys.readouterr().out


def test_what_could_not_run_is_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*_: Any) -> None:
        raise SetupError("another account: use its own")

    monkeypatch.setattr(acceptance, "prove", refused)
    assert acceptance.main(["dev"]) == 2
    assert capsys.readouterr().err == "acceptance: another account: use its own\n"


@pytest.mark.parametrize("words", [["dev", "--batch", "../7"], ["dev", "--listing", "x"], []])
def test_bad_input_is_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        acceptance.main(words)
    assert caught.value.code == 2


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(SetupError, match="nowhere"):
        open_account("nowhere")


def session(sts: Client) -> Any:
    """A boto3 session whose only client is this one."""
    found = Client()
    found.__dict__["client"] = lambda service: sts
    return found


@pytest.mark.parametrize(
    ("outputs", "word"), [(OUTPUTS, "trusted_role_arns of environments/dev.toml"), ({}, "deploy again")]
)
def test_a_caller_who_may_not_become_the_backend_hears_the_remedy(outputs: dict[str, Any], word: str) -> None:
    sts = Client(assume_role=refusal("AccessDenied"))
    with pytest.raises(SetupError, match=word):
        become_backend(config.load("dev"), session(sts), outputs)


def test_presigned_uploads_go_to_the_regions_own_endpoint_and_sign_what_they_promise() -> None:
    s3 = boto3.client("s3", region_name="sa-east-1", config=s3_config(local=False))
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "media", "Key": "k", "Tagging": "stage=raw"})
    assert url.startswith("https://media.s3.sa-east-1.amazonaws.com/k?")
    assert "x-amz-tagging" in url


def test_batch_of_our_own_has_a_number_that_no_backend_has_counted() -> None:
    batch = plan_batch([PHOTO], 1, None, None)
    assert not batch.known
    assert isinstance(batch.batch_id, int)
    assert 10**14 < batch.batch_id < 2**53
    assert batch.assets[0].key.startswith(f"1/raw/photo/horizontal/{batch.date}/acceptance-")
    assert batch.assets[0].key.endswith("-café [1] & 2.jpg")


def test_given_batch_is_one_that_the_backend_knows() -> None:
    batch = plan_batch([PHOTO], 1, "42", None)
    assert (batch.known, batch.batch_id) == (True, 42)


@mock_aws
def test_only_the_batchs_own_dead_letters_are_taken() -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    for batch_id in ("7", "8"):
        attributes = {"BatchId": {"DataType": "String", "StringValue": batch_id}}
        sqs.send_message(QueueUrl=url, MessageBody=batch_id, MessageAttributes=attributes)  # type: ignore[arg-type]
    own, others = take_letters(sqs, url, 7, wanted=1, seconds=0)
    assert (own, others) == ([{"BatchId": "7"}], 1)
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["8"]
