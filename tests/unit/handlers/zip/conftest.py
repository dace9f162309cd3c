"""A media bucket in memory, and batches that earlier states have finished."""

import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.keys import document_key, manifest_prefix, photo_key
from handlers.contract.names import ManifestFile, chunk_file, video_result_file
from handlers.files.transcode import output_keys
from handlers.runtime.store import MediaStore

type Opened = Callable[[bytes], dict[str, bytes]]  # names and contents of a sound ZIP

BUCKET = "toq-listing-medias-test"
DATE = "2026-03-01"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        # As in media_store(): no checksum that nobody asked for.
        config = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
        client = boto3.client("s3", region_name="us-east-1", config=config)
        client.create_bucket(Bucket=BUCKET)
        yield MediaStore(BUCKET, client)


@pytest.fixture
def batch() -> Batch:
    return Batch(7, "42", 0, "00-" + "a" * 32 + "-" + "b" * 16 + "-01", manifest_prefix("42", DATE, "7", 0))


class Finished:
    """Puts the manifests and outputs of a batch into the bucket, asset by asset."""

    def __init__(self, store: MediaStore, batch: Batch) -> None:
        self.store, self.batch = store, batch
        self.assets: list[Asset] = []
        self.results: list[AssetResult] = []

    def photo(self, content: bytes = b"photo", *, done: bool = True, **changes: Any) -> Asset:
        asset = self._asset("photo/horizontal", f"dsc{len(self.assets)}.heic", "image/heic", changes)
        if done:
            self.finish(asset, photo_key(asset.raw), content)
        return asset

    def document(self, content: bytes = b"%PDF", **changes: Any) -> Asset:
        asset = self._asset("project/doc", f"plan{len(self.assets)}.PDF", "application/pdf", changes)
        self.finish(asset, document_key(asset.raw), content)
        return asset

    def video(self, content: bytes = b"film", outcome: dict[str, Any] | None = None, **changes: Any) -> Asset:
        asset = self._asset("video/vertical", f"mov{len(self.assets)}.mov", "video/quicktime", changes)
        if outcome is None:
            for key in output_keys(asset.raw).values():
                self.put(key, content)
        outcome = {"index": asset.index} | (outcome or {"status": "COMPLETE", "job": {}})
        self.store.put_json(self.batch.file(video_result_file(asset.index)), outcome)
        return asset

    def finish(self, asset: Asset, key: str, content: bytes) -> None:
        self.put(key, content)
        known = zlib.crc32(content)
        self.results.append(AssetResult(asset.index, {"processed": key}, bytes=len(content), crc32=known))

    def put(self, key: str, content: bytes) -> None:
        self.store.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def write(self) -> None:
        """Write the manifests once all assets are there."""
        lines = [asset.to_json() for asset in self.assets]
        self.store.put_json(self.batch.file(ManifestFile.ASSETS), {"assets": lines, "chunked": []})
        if self.results:
            results = {"results": [result.to_json() for result in self.results]}
            self.store.put_json(self.batch.file(chunk_file(0, len(self.results) - 1)), results)

    def _asset(self, media_type: str, filename: str, content_type: str, changes: dict[str, Any]) -> Asset:
        index = len(self.assets)
        values: dict[str, Any] = {
            "key": f"42/raw/{media_type}/{DATE}/{filename}",
            "asset_type": media_type.replace("/", "_").upper(),
            "content_type": content_type,
            "bytes": 1,
            "checksum_sha256": "0" * 64,
            "sequence": index + 1,
        }
        asset = Asset(index=index, **(values | changes))
        self.assets.append(asset)
        return asset


@pytest.fixture
def finished(store: MediaStore, batch: Batch) -> Finished:
    return Finished(store, batch)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Names and contents of a ZIP that Python's zipfile, and Info-ZIP where it is installed, find sound."""

    def open_zip(content: bytes) -> dict[str, bytes]:
        path = tmp_path / "bundle.zip"
        path.write_bytes(content)
        if infozip := shutil.which("unzip"):
            done = subprocess.run([infozip, "-t", path], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}

    return open_zip
