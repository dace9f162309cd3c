"""A batch that its states have finished: manifests and outputs in the media bucket."""

import zlib
from typing import Any

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.keys import document_key, photo_key
from handlers.contract.names import ManifestFile, chunk_file, video_failure_file, video_result_file
from handlers.files.transcode import output_keys
from handlers.runtime.store import MediaStore
from tests.support.builders import DATE


class FinishedBatch:
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

    def video(self, content: bytes = b"video", result: dict[str, Any] | None = None, **changes: Any) -> Asset:
        asset = self._asset("video/vertical", f"mov{len(self.assets)}.mov", "video/quicktime", changes)
        if result is None:
            for key in output_keys(asset.raw).values():
                self.put(key, content)
        result = {"index": asset.index} | (result or {"status": "COMPLETE", "job": {}})
        file = video_result_file if result["status"] == "COMPLETE" else video_failure_file
        self.store.put_json(self.batch.file(file(asset.index)), result)
        return asset

    def finish(self, asset: Asset, key: str, content: bytes) -> None:
        self.put(key, content)
        known = zlib.crc32(content)
        self.results.append(AssetResult(asset.index, {"processed": key}, bytes=len(content), crc32=known))

    def put(self, key: str, content: bytes) -> None:
        self.store.client.put_object(Bucket=self.store.bucket, Key=key, Body=content)

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
