"""What the handlers ask of boto3 is known to the oldest one that they run on."""

import json
from typing import Any

import botocore
import pytest

from handlers.runtime.clients import OLDEST_BOTOCORE, RuntimeTooOldError, client_config
from tests.support.boto3_floor import FACTS, known, options, requests

# Members that reach a request through `**`, by where they are made up.
HANDED_ON = [
    ("get_object", "Range"),  # MediaStore.get_bytes
    ("get_object", "VersionId"),  # Asset.pinned
    ("get_object", "IfMatch"),  # handlers.zip.reading
    ("upload_part_copy", "CopySourceIfMatch"),  # handlers.zip.upload
    ("upload_part_copy", "CopySourceRange"),
]


@pytest.fixture(scope="module")
def floor() -> dict[str, Any]:
    return dict(json.loads(FACTS.read_text(encoding="utf-8")))


def test_the_facts_are_of_the_oldest_boto3_allowed(floor: dict[str, Any]) -> None:
    assert floor["botocore"] == ".".join(map(str, OLDEST_BOTOCORE)) + ".0"


def test_every_member_of_every_request_is_known_to_the_oldest_boto3(floor: dict[str, Any]) -> None:
    made = list(requests())
    assert {method for _, method, _ in made} == floor["operations"].keys()
    for where, method, members in made:
        assert members <= set(floor["operations"][method]), f"{where}: {method}"
    for method, member in HANDED_ON:
        assert member in floor["operations"][method]


def test_every_option_of_a_client_is_known_to_the_oldest_boto3(floor: dict[str, Any]) -> None:
    used = list(options())
    assert len(used) >= 6
    for where, option in used:
        assert option in floor["config"], where


def test_what_the_oldest_boto3_knows_has_not_gone_from_the_one_that_is_tested_with(floor: dict[str, Any]) -> None:
    today = known()
    for method, members in floor["operations"].items():
        assert set(members) <= set(today["operations"][method]), method


def test_an_older_boto3_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore, "__version__", "1.35.99")
    with pytest.raises(RuntimeTooOldError, match=r"botocore is 1\.35\.99, at least 1\.36 is needed"):
        client_config()
    for enough in ("1.36.0", "1.100.2", "2.0.0"):
        monkeypatch.setattr(botocore, "__version__", enough)
        client_config()
