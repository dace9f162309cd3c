"""What a result claims, against the bucket and against the backend's rows."""

from collections.abc import Iterator
from typing import Any

from localstack.chaos.auditor.evidence import Evidence

_STATUS = {"SUCCEEDED": "READY", "PROCESSING_FAILED": "FAILED", "VALIDATION_FAILED": "FAILED"}


def newest_results(evidence: Evidence) -> Iterator[tuple[int, dict[str, Any]]]:
    """The result of each batch's newest attempt: outputs of older ones may have been written anew."""
    for batch in evidence.ledger.batches.values():
        newest = evidence.newest(batch)
        result = newest and evidence.document(newest, "result.json")
        if result:
            yield batch.id, result


def outputs_are_there(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Keys of a result that name no object, or one of another size or content; results of other files."""
    for batch_id, result in newest_results(evidence):
        sources = {each.key for each in evidence.ledger.batches[batch_id].raw}
        claimed = [output["rawKey"] for output in result["outputs"]]
        if result["outputs"] and (set(claimed) != sources or len(claimed) != len(sources)):
            yield f"batch {batch_id}", f"its result is about {sorted(claimed)}, not {sorted(sources)}"
        if result["status"] == "SUCCEEDED" and not any(output["processedKey"] for output in result["outputs"]):
            yield f"batch {batch_id}", "succeeded, and nothing is processed"
        for output in result["outputs"]:
            yield from ((f"batch {batch_id}", text) for text in _output(evidence, output))
        yield from ((f"batch {batch_id}", text) for text in _bundles(evidence, result))


def _output(evidence: Evidence, output: dict[str, Any]) -> Iterator[str]:
    if not output["outputs"] and not output["errorCode"]:
        yield f"{output['rawKey']} has neither an output nor an error"
    for key in {*output["outputs"].values(), *filter(None, (output["processedKey"], output["thumbnailKey"]))}:
        if not (stored := evidence.objects.get(key)):
            yield f"{key} is not there"
        elif not stored.bytes:
            yield f"{key} is empty"
    stored = evidence.objects.get(output["processedKey"] or "")
    if stored is None:
        return
    if output["bytes"] is not None and output["bytes"] != stored.bytes:
        yield f"{stored.key} has {stored.bytes} bytes, not {output['bytes']}"
    if output["checksumSha256"] is not None and output["checksumSha256"] != stored.sha256:
        yield f"{stored.key} has another checksum than its result says"


def _bundles(evidence: Evidence, result: dict[str, Any]) -> Iterator[str]:
    found = [evidence.objects.get(key) for key in result["zipBundles"]]
    if None in found:
        yield f"a ZIP is not there: {result['zipBundles']}"
    elif sum(each.bytes for each in found if each) != result["zipSizeBytes"]:
        yield f"its ZIPs do not have {result['zipSizeBytes']} bytes"
    if result["status"] == "SUCCEEDED" and not found and result["assetsZipped"]:
        yield f"{result['assetsZipped']} assets are zipped, into nothing"


def rows_equal_results(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Rows that say something else than the newest attempt's delivered result."""
    for batch_id, result in newest_results(evidence):
        rows = evidence.rows.get(batch_id)
        receipt = evidence.document((batch_id, result["attempt"]), "callback.json")
        if rows is None or receipt is None or receipt["eventId"] != result["eventId"]:
            continue  # not delivered: another rule's matter
        told = (rows.batch["processing_metadata_json"] or {}).get("callback") or {}
        if told.get("eventId") != result["eventId"]:
            yield f"batch {batch_id}", f"its row shows event {told.get('eventId')}, not {result['eventId']}"
            continue
        if rows.batch["status"] != _STATUS[result["status"]]:
            yield f"batch {batch_id}", f"{result['status']}, but its row says {rows.batch['status']}"
        if told.get("zipBundles") != result["zipBundles"]:
            yield f"batch {batch_id}", "its row names other ZIPs"
        yield from ((f"batch {batch_id}", text) for text in _assets(rows.assets, result["outputs"]))
        jobs = {row["external_job_id"]: row["status"] for row in rows.jobs}
        for job in result["jobs"]:
            if job["externalJobId"] and jobs.get(job["externalJobId"]) != job["status"]:
                yield f"batch {batch_id}", f"job {job['externalJobId']} is not {job['status']} in its row"


def _assets(rows: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> Iterator[str]:
    by_source = {row["source_key"]: row for row in rows}
    for output in outputs:
        row = by_source.get(output["rawKey"])
        if row is None:
            yield f"{output['rawKey']} has no row"
            continue
        variants = row["variant_metadata_json"] or {}
        seen = (row["processed_key"], row["thumbnail_key"], variants.get("outputs"), variants.get("errorCode"))
        if seen != (output["processedKey"], output["thumbnailKey"], output["outputs"], output["errorCode"]):
            yield f"{output['rawKey']}: its row says {seen}"
