"""Evidence of a run in which nothing went wrong: one READY batch of two photos and a replay of it, one dead letter."""

import copy
import hashlib
from typing import Any, Final

from localstack.chaos.auditor.evidence import BackendAnswer, DeadLetter, Evidence, Execution, Rows, StoredObject
from localstack.chaos.auditor.ledger import Ledger, RawObject

BATCH: Final = 7
LISTING: Final = 42
DEAD: Final = 8  # a second batch, which is dead
DATE: Final = "2026-03-01"
RAW: Final = tuple(f"{LISTING}/raw/photo/horizontal/{DATE}/{BATCH}-000{n}-room.jpg" for n in (1, 2))
DEAD_RAW: Final = f"43/raw/photo/horizontal/{DATE}/{DEAD}-0001-room.jpg"
ZIP: Final = f"{LISTING}/zip/complete/{DATE}/batch-{BATCH}.zip"
DLQ: Final = "listing-media-processing-dlq"


def digest(key: str) -> str:
    """Content of a stored object, as far as a rule can tell."""
    return hashlib.sha256(key.encode()).hexdigest()


def manifest(file: str, attempt: int = 0) -> str:
    """Key of a manifest of the batch."""
    return f"{LISTING}/processed/manifest/{DATE}/batch-{BATCH}-{attempt}/{file}"


def processed(raw: str) -> str:
    return raw.replace("/raw/", "/processed/")


def variant(raw: str) -> str:
    return raw.replace("/raw/", "/thumb/").replace(".jpg", "-small.jpg")


def sound_run() -> Evidence:
    """New evidence each time, for a test to spoil."""
    ledger = Ledger()
    ledger.uploaded(BATCH, LISTING, [RawObject(key, f"v-{key}", len(key), digest(key)) for key in RAW])
    ledger.uploaded(DEAD, 43, [RawObject(DEAD_RAW, f"v-{DEAD_RAW}", len(DEAD_RAW), digest(DEAD_RAW))])
    ledger.accepted(BATCH, 0, 1000.0)
    ledger.accepted(BATCH, 1, 1010.0)
    ledger.accepted(DEAD, 0, 1005.0)
    results = [result(attempt) for attempt in (0, 1)]
    documents = {manifest("result.json", n): copy.deepcopy(each) for n, each in enumerate(results)}
    documents |= {manifest("callback.json", n): {"eventId": each["eventId"]} for n, each in enumerate(results)}
    keys = [*RAW, DEAD_RAW, ZIP, *map(processed, RAW), *map(variant, RAW), *documents]
    return Evidence(
        ledger=ledger,
        executions=[
            Execution(f"batch-{BATCH}-0", "SUCCEEDED", (BATCH, 0)),
            Execution(f"batch-{BATCH}-1", "SUCCEEDED", (BATCH, 1)),
        ],
        objects={key: StoredObject(key, [f"v-{key}"], len(key), digest(key), 1020.0) for key in keys},
        documents=documents,
        rows={BATCH: rows(results[1]), DEAD: Rows({"status": "PROCESSING", "processing_metadata_json": {}}, [], [])},
        queues={"listing-media-processing": 0, "listing-media-events": 0, DLQ: 1, "listing-media-events-dlq": 0},
        dead_letters=[DeadLetter(DLQ, (DEAD, 0), "", "")],
        abort_days=7,
        backend=[
            BackendAnswer(results[0]["eventId"], (BATCH, 0), None, False),
            BackendAnswer(results[0]["eventId"], (BATCH, 0), 200, True),
            BackendAnswer(results[1]["eventId"], (BATCH, 1), 200, True),
            BackendAnswer(results[1]["eventId"], (BATCH, 1), 200, False),
        ],
    )


def result(attempt: int) -> dict[str, Any]:
    """``result.json`` of one attempt."""
    arn = f"arn:aws:states:us-east-1:000000000000:execution:listing-media-processing-sm:batch-{BATCH}-{attempt}"
    return {
        "eventId": f"batch-{BATCH}-{attempt}-0123456789abcdef",
        "batchId": BATCH,
        "listingId": LISTING,
        "attempt": attempt,
        "status": "SUCCEEDED",
        "outputs": [
            {
                "rawKey": key,
                "processedKey": processed(key),
                "thumbnailKey": variant(key),
                "outputs": {"processed": processed(key), "small": variant(key)},
                "errorCode": None,
                "bytes": len(processed(key)),
                "checksumSha256": digest(processed(key)),
            }
            for key in RAW
        ],
        "zipBundles": [ZIP],
        "zipSizeBytes": len(ZIP),
        "assetsZipped": 2,
        "jobs": [{"provider": "STEP_FUNCTIONS", "externalJobId": arn, "status": "SUCCEEDED"}],
    }


def rows(told: dict[str, Any]) -> Rows:
    """The rows as a result makes them."""
    metadata = {"attempt": told["attempt"], "callback": {"eventId": told["eventId"], "zipBundles": told["zipBundles"]}}
    return Rows(
        batch={"status": "READY", "processing_metadata_json": metadata},
        assets=[
            {
                "source_key": output["rawKey"],
                "processed_key": output["processedKey"],
                "thumbnail_key": output["thumbnailKey"],
                "variant_metadata_json": {"outputs": output["outputs"]},
            }
            for output in told["outputs"]
        ],
        jobs=[{"external_job_id": job["externalJobId"], "status": job["status"]} for job in told["jobs"]],
    )
