"""The form of a batch's request: what is taken, what is refused and in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.errors import BatchRefusedError
from handlers.contract.request import BatchRequest, parse_json
from tests.support.builders import DATE, JPEG, announced, message, raw_key


def no_manifest(key: str) -> Any:
    raise AssertionError(f"{key} was read although the assets are in the message")


def parse(body: Any, manifest: Any = None) -> BatchRequest:
    return BatchRequest.parse(body, (lambda _key: manifest) if manifest else no_manifest, "2026-12-31")


def test_a_batch_is_read_with_its_ids_as_they_came() -> None:
    request = parse(message(batchId="b-7", listingId=42, attempt=3))
    batch = request.batch
    assert (batch.batch_id, batch.listing_id, batch.attempt) == ("b-7", 42, 3)
    assert batch.manifest_prefix == f"42/processed/manifest/{DATE}/batch-b-7-3/"
    assert batch.execution_name == "batch-b-7-3"


def test_the_attempt_is_0_unless_told() -> None:
    body = message()
    del body["attempt"]
    assert parse(body).batch.attempt == 0


def test_assets_are_brought_into_one_spelling() -> None:
    asset = announced(JPEG, checksumSha256="AB" * 32, extra="ignored")
    (found,) = parse(message(asset)).assets
    assert found["checksumSha256"] == "ab" * 32
    assert found["title"] is None
    assert "extra" not in found


def test_the_date_is_that_of_the_first_usable_key() -> None:
    elsewhere = announced(JPEG, key=raw_key("a.jpg", listing="43").replace(DATE, "2020-01-01"))
    broken = announced(JPEG, key="nonsense")
    assert parse(message(broken, elsewhere, announced(JPEG))).batch.date == DATE


def test_without_a_usable_key_the_date_of_the_message_serves() -> None:
    assert parse(message(announced(JPEG, key="nonsense"))).batch.date == "2026-12-31"


def test_large_batches_name_a_manifest_in_place_of_assets() -> None:
    body = message(manifestKey="42/raw/manifest/batch-7.json")
    del body["assets"]
    assert len(parse(body, {"assets": [announced(JPEG), announced(JPEG, sequence=2)]}).assets) == 2


@pytest.mark.parametrize("key", ["43/raw/manifest.json", "42/processed/manifest.json", "/42/raw/manifest.json"])
def test_a_manifest_of_another_listing_or_stage_is_refused(key: str) -> None:
    body = message(manifestKey=key)
    del body["assets"]
    with pytest.raises(BatchRefusedError, match="42/raw/"):
        parse(body, {"assets": [announced(JPEG)]})


def test_a_malformed_manifest_says_which_one_it_is() -> None:
    body = message(manifestKey="42/raw/m.json")
    del body["assets"]
    with pytest.raises(BatchRefusedError, match=r"manifest 42/raw/m\.json: data\.assets"):
        parse(body, {"assets": [{}]})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"batchId": None}, "batchId"),
        ({"batchId": -1}, "batchId"),
        ({"batchId": True}, "batchId"),
        ({"batchId": 1.5}, "batchId"),
        ({"batchId": 1.0}, "batchId"),
        ({"batchId": "a/b"}, "batchId"),
        ({"batchId": "7\n"}, "batchId"),
        ({"listingId": "x" * 65}, "listingId"),
        ({"attempt": -1}, "attempt"),
        ({"attempt": "0"}, "attempt"),
        ({"attempt": 1_000_000}, "attempt"),
        ({"traceparent": "00-x"}, "traceparent"),
        ({"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01\r\nX: y"}, "traceparent"),
        ({"assets": []}, "assets"),
        ({"assets": {}}, "assets"),
        ({"manifestKey": "42/raw/m.json"}, "either"),
        ({"assets": [announced(JPEG, bytes="12")]}, r"assets\[0\].bytes"),
        ({"assets": [announced(JPEG, bytes=-1)]}, r"assets\[0\].bytes"),
        ({"assets": [announced(JPEG, checksumSha256="ab")]}, "checksumSha256"),
        ({"assets": [announced(JPEG, sequence=-1)]}, "sequence"),
        ({"assets": [announced(JPEG, title="x" * 256)]}, "title"),
        ({"assets": [announced(JPEG, key="")]}, "key"),
    ],
)
def test_a_wrong_form_is_refused_with_the_place(change: dict[str, Any], word: str) -> None:
    with pytest.raises(BatchRefusedError, match=word):
        parse(message() | change)


@pytest.mark.parametrize("missing", ["batchId", "listingId", "traceparent", "assets"])
def test_a_missing_member_is_refused(missing: str) -> None:
    body = message()
    del body[missing]
    with pytest.raises(BatchRefusedError):
        parse(body)


@pytest.mark.parametrize("body", [None, 7, "text", [], [message()]])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(BatchRefusedError, match="object"):
        parse(body)


MEMBERS = st.sampled_from(["batchId", "listingId", "assets", "key", "traceparent", "attempt"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS, inner),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_whatever_else_is_sent_is_refused(body: Any) -> None:
    with pytest.raises(BatchRefusedError):
        parse(body)


def test_the_request_reads_as_it_was_written() -> None:
    request = parse(message(announced(JPEG, title="Kitchen")))
    assert BatchRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": Infinity}', "[" * 100_000, b"\xff\xfe\xfa", "1" * 5_000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(BatchRefusedError, match="not JSON"):
        parse_json(text)


@pytest.mark.parametrize("text", [r'{"title": "\ud83c"}', r'["\udfe0\ud83c"]', b'{"title": "\xed\xa0\xbc"}'])
def test_half_a_character_is_refused_since_it_cannot_be_written(text: str | bytes) -> None:
    with pytest.raises(BatchRefusedError, match="surrogates"):
        parse_json(text)


def test_a_character_in_two_escapes_is_one() -> None:
    assert parse_json(r'"\ud83c\udfe0"') == "\U0001f3e0"
