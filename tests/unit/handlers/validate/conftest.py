"""A bucket with uploads, and validation run over them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from handlers.contract.batch import Asset, Batch
from handlers.contract.media_types import MediaType
from handlers.contract.names import ManifestFile
from handlers.contract.request import BatchRequest
from handlers.runtime.store import MediaStore
from handlers.validate.handler import Validation
from handlers.validate.limits import Limits
from tests.support.builders import DATE, EXECUTION_ARN, announced, message, upload, video_file

VIDEO_FILE = video_file()


@dataclass
class Bench:
    """Collects assets, uploads most of them, and validates."""

    store: MediaStore
    batch: Batch
    limits: Limits = field(default_factory=Limits)
    assets: list[dict[str, Any]] = field(default_factory=list)

    def add(self, content: bytes, *, stored: bytes | None = None, missing: bool = False, **changes: Any) -> None:
        """Announce `content`; what is uploaded may be something else, or nothing."""
        changes.setdefault("sequence", len(self.assets) + 1)
        changes.setdefault("name", f"{len(self.assets)}.jpg")
        asset = announced(content, **changes)
        self.assets.append(asset)
        if not missing:
            upload(self.store, asset["key"], content if stored is None else stored)

    def add_video(self, content: bytes = VIDEO_FILE, **changes: Any) -> None:
        changes.setdefault("name", f"{len(self.assets)}.mp4")
        self.add(content, media_type=MediaType.VIDEO_HORIZONTAL, content_type="video/mp4", **changes)

    def run(self) -> dict[str, Any]:
        request = BatchRequest.parse(message(*self.assets), self.store.get_announced, DATE)
        return Validation(self.store, self.limits, EXECUTION_ARN).run(request)

    def validated(self) -> list[Asset]:
        """Validate, and read back `assets.json`."""
        self.run()
        return self.written()

    def written(self) -> list[Asset]:
        manifest = self.store.get_json(self.batch.file(ManifestFile.ASSETS))
        return [Asset.from_json(line) for line in manifest["assets"]]

    def codes(self) -> list[str | None]:
        return [asset.error_code for asset in self.validated()]


@pytest.fixture
def bench(store: MediaStore, batch: Batch) -> Bench:
    return Bench(store, batch)


@pytest.fixture
def counted_calls(store: MediaStore) -> Iterator[Callable[[str], int]]:
    """How often an S3 operation was called from here on."""
    calls: list[str] = []

    def note(model: Any, **_arguments: Any) -> None:
        calls.append(model.name)

    store.client.meta.events.register("before-call.s3", note)
    yield calls.count
    store.client.meta.events.unregister("before-call.s3", note)
