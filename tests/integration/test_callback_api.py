"""The private API sends a batch's callback again, and changes nothing by that."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from localstack.backend import client
from localstack.backend.client import MediaFile

if TYPE_CHECKING:
    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack
LISTING = 47


@pytest.fixture
def api(platform: "Endpoints") -> str:
    """The API's address on the local gateway, which serves private APIs too and asks for no signature."""
    deployed = urlsplit(platform.outputs["callback_api_url"])
    api_id = deployed.hostname.split(".")[0].split("-")[0] if deployed.hostname else ""
    return f"{platform.gateway_url}/_aws/execute-api/{api_id}{deployed.path}"


def test_callback_sent_again_changes_nothing(backend: httpx.Client, api: str, tmp_path: Path) -> None:
    path = tmp_path / "room.jpg"
    Image.effect_noise((320, 240), 40).convert("RGB").save(path)
    batch_id = client.send(backend, LISTING, 7, [MediaFile(path, "PHOTO_HORIZONTAL", "image/jpeg")])
    batch = client.wait(backend, batch_id, 300)

    answer = httpx.post(api, json={"batchId": batch["batchId"], "listingId": LISTING}, timeout=40)

    assert (answer.status_code, answer.json()["status"]) == (200, "DELIVERED")
    assert client.find(backend, batch_id) == batch


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"batchId": 987654321, "listingId": LISTING}, 404),
        ({"batchId": 987654321}, 400),
        ({"batchId": "../../etc", "listingId": LISTING}, 400),
    ],
    ids=["unknown batch", "no listing", "unsafe id"],
)
def test_request_that_names_no_batch_is_refused(api: str, body: dict[str, Any], status: int) -> None:
    assert httpx.post(api, json=body, timeout=40).status_code == status
