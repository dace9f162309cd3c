"""The media bucket: manifests that are written once, found or missing, and never larger than they may be."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError

from handlers.contract.errors import BatchRefusedError
from handlers.runtime import store as store_module
from handlers.runtime.store import MediaStore, media_store
from tests.support.builders import BUCKET

KEY = "42/processed/manifest/2026-03-01/batch-7-0/input.json"


def content(store: MediaStore, key: str = KEY) -> bytes:
    return store.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


class Cut(io.BytesIO):
    """A body whose connection breaks before its end."""

    def __init__(self, content: bytes, error: Exception) -> None:
        super().__init__(content)
        self._error = error

    def read(self, amount: int | None = None) -> bytes:
        chunk = super().read(amount) if amount else b""
        if not chunk:
            raise self._error
        return chunk


@pytest.fixture(
    params=[ReadTimeoutError(endpoint_url="https://s3"), IncompleteReadError(actual_bytes=1, expected_bytes=2)]
)
def break_bodies(request: pytest.FixtureRequest, store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Break the first so many answers in the middle of their bodies; returns the requests that were made."""
    get = store.client.get_object

    def breaks(number: int) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def get_object(**given: Any) -> Any:
            asked.append(given)
            answer = get(**given)
            body = answer["Body"].read()
            return answer | {
                "Body": Cut(body[: len(body) // 2], request.param) if len(asked) <= number else io.BytesIO(body)
            }

        monkeypatch.setattr(store.client, "get_object", get_object)
        return asked

    return breaks


def test_a_manifest_whose_connection_breaks_is_read_again(store: MediaStore, break_bodies: Any) -> None:
    store.put_json(KEY, {"n": 1})
    asked = break_bodies(2)
    assert store.get_json(KEY) == {"n": 1}
    assert len(asked) == 3


def test_an_object_is_described_with_its_checksum_or_not_found(store: MediaStore) -> None:
    assert store.find_head(KEY) is None
    store.client.put_object(Bucket=BUCKET, Key=KEY, Body=b"ab", ChecksumAlgorithm="SHA256")
    head = store.find_head(KEY)
    assert head is not None
    assert (head["ContentLength"], len(head["ChecksumSHA256"])) == (2, 44)


def test_an_object_that_may_not_be_seen_is_not_taken_for_a_missing_one(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(**_: object) -> None:
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    monkeypatch.setattr(store.client, "head_object", forbid)
    with pytest.raises(ClientError, match="403"):
        store.find_head(KEY)


def test_a_connection_that_breaks_for_good_is_an_error(store: MediaStore, break_bodies: Any) -> None:
    store.put_json(KEY, {"n": 1})
    asked = break_bodies(99)
    with pytest.raises((ReadTimeoutError, IncompleteReadError)):
        store.get_json(KEY)
    assert len(asked) == 3


def test_a_stream_goes_on_where_its_connection_broke(store: MediaStore, break_bodies: Any) -> None:
    version = store.client.put_object(Bucket=BUCKET, Key=KEY, Body=b"0123456789")["VersionId"]
    asked = break_bodies(2)
    assert b"".join(store.stream(KEY, 2, 10, VersionId=version)) == b"23456789"
    assert [one["Range"] for one in asked] == ["bytes=2-9", "bytes=6-9", "bytes=8-9"]
    assert {one["VersionId"] for one in asked} == {version}


def test_a_manifest_reads_as_it_was_written(store: MediaStore) -> None:
    store.put_json(KEY, {"title": "Sótão ☀", "n": 1})
    assert store.get_json(KEY) == {"title": "Sótão ☀", "n": 1}


def test_the_same_value_gives_the_same_bytes(store: MediaStore) -> None:
    store.put_json(KEY, {"b": 1, "a": 2})
    first = content(store)
    store.put_json(KEY, {"a": 2, "b": 1})
    assert content(store) == first


def test_a_missing_manifest_is_none_or_an_error(store: MediaStore) -> None:
    assert store.find_json(KEY) is None
    with pytest.raises(store.client.exceptions.NoSuchKey):
        store.get_json(KEY)


def test_the_first_writer_wins(store: MediaStore) -> None:
    assert store.create_json(KEY, {"by": "first"})
    assert not store.create_json(KEY, {"by": "second"})
    assert store.get_json(KEY) == {"by": "first"}


def test_other_refusals_of_a_write_are_not_taken_for_a_first_writer(store: MediaStore) -> None:
    with pytest.raises(ClientError):
        MediaStore("no-such-bucket-anywhere", store.client).create_json(KEY, {})


def test_a_conflict_with_another_writer_is_no_proof_that_there_is_an_object(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ConditionalRequestConflict", "Message": "for the test"}}, "PutObject")

    monkeypatch.setattr(store.client, "put_object", conflict)
    with pytest.raises(ClientError, match="Conflict"):
        store.create_json(KEY, {})


def test_keys_are_listed_beyond_one_page(store: MediaStore) -> None:
    keys = sorted(f"42/raw/{number:05d}" for number in range(1_003))
    for key in keys:
        store.client.put_object(Bucket=BUCKET, Key=key)
    assert store.list_keys("42/raw/") == keys
    assert store.list_keys("43/") == []


def test_objects_are_listed_with_the_etags_that_they_have(store: MediaStore) -> None:
    for key in ("a/ü.jpg", "a/plan (1).pdf", "b/x"):
        store.put_json(key, {"key": key})
    found = store.list_etags("a/")
    assert list(found) == ["a/plan (1).pdf", "a/ü.jpg"]
    heads = {key: store.find_head(key) or {} for key in found}
    assert found == {key: head.get("ETag") for key, head in heads.items()}


def test_folders_are_listed_once_and_by_name_alone(store: MediaStore) -> None:
    for key in ("a/2/x", "a/1-0/x", "a/1-0/y", "a/1-1/z/w", "a/1", "b/1-3/x"):
        store.put_json(key, {})
    assert store.list_folders("a/1-") == ["a/1-0/", "a/1-1/"]
    assert store.list_folders("c/") == []


def test_an_announced_manifest_is_read(store: MediaStore) -> None:
    store.put_json("42/raw/m.json", {"assets": []})
    assert store.get_announced("42/raw/m.json") == {"assets": []}


def test_an_announced_manifest_that_is_not_there_is_refused(store: MediaStore) -> None:
    with pytest.raises(BatchRefusedError, match="no object"):
        store.get_announced("42/raw/m.json")


def test_an_announced_manifest_without_end_is_refused(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_ANNOUNCED_BYTES", 10)
    store.put_json("42/raw/m.json", {"assets": [1, 2, 3]})
    with pytest.raises(BatchRefusedError, match="larger than 10"):
        store.get_announced("42/raw/m.json")


def test_the_functions_store_is_that_of_their_environment(store: MediaStore) -> None:
    media_store.cache_clear()
    try:
        assert media_store().bucket == BUCKET
        media_store().put_json(KEY, 1)
        assert store.get_json(KEY) == 1
    finally:
        media_store.cache_clear()
