"""One way to write a ZIP to an object store, run in a process of its own so that its memory and CPU are its own.

``python -m bench.zip_ways WAY ENDPOINT FILES SIZE CRCS`` prints ``{seconds, cpuSeconds, peakRssMib}`` as JSON. CRCS is
a JSON list of the CRC-32s of the object store's windows. The peers need PYTHONPATH with their packages; they get the
same client, part size and number of upload threads as our function, and read their sources in the order of the archive,
as their generators ask for them.
"""

import datetime
import functools
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final
from unittest import mock

PART: Final = 10 * 2**20
UPLOADS: Final = 8
CHUNK: Final = 2**20
BUCKET: Final = "bench"
KEY: Final = "42/processed/photo/horizontal/2026-03-01/{:04d}.jpg"


def ours(store: Any, files: int, size: int, crcs: list[int], *, copying: bool = True) -> None:
    """The handler's own work: manifests, names, plan, upload."""
    from handlers.contract.batch import Asset, AssetResult, Batch
    from handlers.contract.keys import manifest_prefix
    from handlers.zip import bundle
    from handlers.zip.plan import Limits, plan

    batch = Batch(7, "42", 0, "", manifest_prefix("42", "2026-03-01", "7", 0))
    assets = [
        Asset(i, KEY.format(i).replace("processed", "raw"), "PHOTO_HORIZONTAL", "image/jpeg", size, "0" * 64, i + 1)
        for i in range(files)
    ]
    results = [AssetResult(i, {"processed": KEY.format(i)}, size, crc32=crcs[i % len(crcs)]) for i in range(files)]
    store.put_json(batch.file("assets.json"), {"assets": [asset.to_json() for asset in assets]})
    store.put_json(batch.file("chunks/00000-09999.json"), {"results": [result.to_json() for result in results]})
    # A least part that no file reaches leaves nothing to copy.
    limits = Limits() if copying else Limits(min_part=size + 1, part=max(PART, 2 * size + 2))
    with mock.patch.object(bundle, "plan", functools.partial(plan, limits=limits)):
        record = bundle.make_bundle(store, batch, lambda: 900.0)
    assert record["bundles"][0]["entries"] == files  # noqa: S101 - a measurement of something else is worthless


def stream_zip(store: Any, files: int, size: int, crcs: list[int]) -> None:
    """`stream-zip`, told sizes and CRC-32s so that it holds no file in memory."""
    import stream_zip as peer  # type: ignore[import-not-found]  # installed by the benchmark

    def members() -> Iterator[Any]:
        for i in range(files):
            method = peer.NO_COMPRESSION_64(size, crcs[i % len(crcs)])
            yield f"{i + 1:04d}.jpg", datetime.datetime(2026, 3, 1), 0o100644, method, read(store, i)

    upload(store, peer.stream_zip(members(), chunk_size=CHUNK))


def zipstream_ng(store: Any, files: int, size: int, crcs: list[int]) -> None:
    """`zipstream-ng`, stored entries."""
    import zipstream  # type: ignore[import-not-found]  # installed by the benchmark

    archive = zipstream.ZipStream(compress_type=zipstream.ZIP_STORED)
    for i in range(files):
        archive.add(read(store, i), f"{i + 1:04d}.jpg", size=size)
    upload(store, archive)


def read(store: Any, index: int) -> Iterator[bytes]:
    """An object's bytes, from the moment they are asked for."""
    yield from store.client.get_object(Bucket=BUCKET, Key=KEY.format(index))["Body"].iter_chunks(CHUNK)


def upload(store: Any, chunks: Iterable[bytes]) -> None:
    """Feed a multipart upload of the same parts and threads as ours."""
    where = {"Bucket": BUCKET, "Key": "42/zip/peer.zip"}
    where["UploadId"] = store.client.create_multipart_upload(**where)["UploadId"]
    room = threading.Semaphore(UPLOADS)

    def send(number: int, body: bytes) -> dict[str, Any]:
        try:
            return {
                "PartNumber": number,
                "ETag": store.client.upload_part(PartNumber=number, Body=body, **where)["ETag"],
            }
        finally:
            room.release()

    with ThreadPoolExecutor(UPLOADS) as senders:
        sent: list[Future[dict[str, Any]]] = []
        part = bytearray()
        for chunk in chunks:
            part += chunk
            if len(part) >= PART:
                room.acquire()
                sent.append(senders.submit(send, len(sent) + 1, bytes(part)))
                part.clear()
        room.acquire()
        sent.append(senders.submit(send, len(sent) + 1, bytes(part)))
        parts = [future.result() for future in sent]
    store.client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)


WAYS: Final[dict[str, Callable[..., None]]] = {
    "ours": ours,
    "ours, every byte sent": functools.partial(ours, copying=False),
    "stream-zip": stream_zip,
    "zipstream-ng": zipstream_ng,
}


def main() -> None:
    """Run one way and print what it cost."""
    way, endpoint, files, size, crcs = sys.argv[1:]
    os.environ |= {"AWS_ENDPOINT_URL": endpoint, "MEDIA_BUCKET": BUCKET, "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "POWERTOOLS_LOG_LEVEL": "ERROR"}
    from bench.memory import peak_rss_mib
    from handlers.runtime.store import media_store

    store = media_store()
    started = time.perf_counter()
    WAYS[way](store, int(files), int(size), json.loads(crcs))
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"seconds": seconds, "cpuSeconds": used.ru_utime + used.ru_stime, "peakRssMib": peak_rss_mib()}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
