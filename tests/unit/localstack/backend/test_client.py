"""The client: files are announced as they are, and a batch is waited for until it is decided."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from localstack.backend import client
from localstack.backend.requests import NewBatch


def backend(*answers: dict[str, object], seen: list[httpx.Request] | None = None) -> httpx.Client:
    """A backend that gives these answers, one after the other."""
    coming = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(200, json=next(coming))

    return httpx.Client(base_url="http://backend", transport=httpx.MockTransport(answer))


def test_files_are_announced_in_their_order_with_size_and_checksum(tmp_path: Path) -> None:
    files = [
        client.MediaFile(tmp_path / "a.jpg", "PHOTO_VERTICAL", "image/jpeg", "Fachada"),
        client.MediaFile(tmp_path / "b.pdf", "PROJECT_DOC", "application/pdf"),
    ]
    for file in files:
        file.path.write_bytes(file.path.name.encode())
    seen: list[httpx.Request] = []
    assert client.register(backend({"batchId": 5, "uploads": []}, seen=seen), 42, 7, files)["batchId"] == 5
    [request] = seen
    assert request.url.path == "/listings/42/batches"
    told = NewBatch.model_validate(json.loads(request.content))  # what the backend itself accepts
    assert [(each.sequence, each.filename, each.bytes, each.title) for each in told.assets] == [
        (1, "a.jpg", 5, "Fachada"),
        (2, "b.pdf", 5, None),
    ]
    assert told.assets[0].checksum_sha256 == hashlib.sha256(b"a.jpg").hexdigest()


def test_batch_is_waited_for_until_its_terminal_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_POLL_SECONDS", 0)
    seen: list[str] = []
    answers = ({"status": status} for status in ("RECEIVED", "PROCESSING", "READY"))
    assert client.wait(backend(*answers), 5, 60, seen.append) == {"status": "READY"}
    assert seen == ["RECEIVED", "PROCESSING", "READY"]


def test_batch_that_is_never_decided_is_reported_with_its_status() -> None:
    with pytest.raises(client.BatchTimeoutError, match="batch 5 is still PROCESSING after 0 s"):
        client.wait(backend({"status": "PROCESSING"}), 5, 0)
