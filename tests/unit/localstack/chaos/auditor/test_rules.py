"""Each promise, broken in evidence that is sound otherwise: the auditor names it, and nothing else."""

from collections.abc import Callable

import pytest

from localstack.chaos.auditor.evidence import BackendAnswer, DeadLetter, Evidence, Execution, StoredObject
from localstack.chaos.auditor.rules import RULES, audit
from tests.support.sound_run import (
    BATCH,
    DEAD,
    DLQ,
    LISTING,
    RAW,
    ZIP,
    digest,
    manifest,
    processed,
    sound_run,
    variant,
)

Spoil = Callable[[Evidence], object]
NEWEST = manifest("result.json", 1)


def store(evidence: Evidence, key: str) -> None:
    evidence.objects[key] = StoredObject(key, ["v"], 3, digest(key), 1030.0)


def lose_result(evidence: Evidence) -> None:
    del evidence.documents[manifest("result.json")]


def lose_receipt(evidence: Evidence) -> None:
    del evidence.documents[manifest("callback.json")]


def deliver_an_older_result(evidence: Evidence) -> None:
    evidence.documents[manifest("callback.json")]["eventId"] = "batch-7-0-older"


def lose_dead_letter(evidence: Evidence) -> None:
    evidence.dead_letters.clear()


def hide_from_the_backend(evidence: Evidence) -> None:
    evidence.rows[BATCH].batch["status"] = "PROCESSING"


def lose_the_row(evidence: Evidence) -> None:
    del evidence.rows[BATCH]


def keep_running(evidence: Evidence) -> None:
    evidence.executions[0].status = "RUNNING"


def execute_twice(evidence: Evidence) -> None:
    evidence.executions.append(Execution("batch-7-0-again", "SUCCEEDED", (BATCH, 0)))


def name_at_random(evidence: Evidence) -> None:
    evidence.executions[0].name = "5c3a1f"


def execute_the_unasked(evidence: Evidence) -> None:
    evidence.executions.append(Execution("batch-7-2", "SUCCEEDED", (BATCH, 2)))


def execute_by_hand(evidence: Evidence) -> None:
    evidence.executions.append(Execution("by-hand", "SUCCEEDED", None))


def call_back_for_the_unasked(evidence: Evidence) -> None:
    evidence.backend.append(BackendAnswer("batch-9-0-x", (9, 0), 404, applied=False))


def bury_the_unasked(evidence: Evidence) -> None:
    evidence.dead_letters.append(DeadLetter(DLQ, None, "MALFORMED_MESSAGE", "no JSON"))


def apply_twice(evidence: Evidence) -> None:
    evidence.backend[-1].applied = True


def bury_without_a_reason(evidence: Evidence) -> None:
    evidence.dead_letters.append(DeadLetter(DLQ, (DEAD, 0), "CallbackRefused", " "))


def lose_an_output(evidence: Evidence) -> None:
    del evidence.objects[variant(RAW[0])]


def empty_an_output(evidence: Evidence) -> None:
    evidence.objects[variant(RAW[0])].bytes = 0


def cut_an_output(evidence: Evidence) -> None:
    evidence.objects[processed(RAW[0])].bytes -= 1


def change_an_output(evidence: Evidence) -> None:
    evidence.objects[processed(RAW[0])].sha256 = digest("other")


def lose_the_zip(evidence: Evidence) -> None:
    del evidence.objects[ZIP]


def cut_the_zip(evidence: Evidence) -> None:
    evidence.objects[ZIP].bytes -= 1


def forget_an_asset(evidence: Evidence) -> None:
    del evidence.documents[NEWEST]["outputs"][1]


def leave_an_asset_without_word(evidence: Evidence) -> None:
    output = evidence.documents[NEWEST]["outputs"][0]
    output |= {"outputs": {}, "processedKey": None, "thumbnailKey": None}
    row = evidence.rows[BATCH].assets[0]
    row |= {"processed_key": None, "thumbnail_key": None, "variant_metadata_json": {"outputs": {}}}


def write_beside_listings(evidence: Evidence) -> None:
    store(evidence, "chunks/7.json")


def write_of_no_batch(evidence: Evidence) -> None:
    store(evidence, f"{LISTING}/processed/photo/horizontal/2026-03-01/room.jpg")


def write_into_another_listing(evidence: Evidence) -> None:
    store(evidence, f"43/thumb/photo/horizontal/2026-03-01/{BATCH}-0001-room-small.jpg")


def name_another_listings_key(evidence: Evidence) -> None:
    evidence.documents[manifest("result.json")]["zipBundles"] = ["43/zip/complete/2026-03-01/batch-8.zip"]


def leave_an_upload_open(evidence: Evidence) -> None:
    evidence.uploads.append(ZIP)
    evidence.abort_days = None


def expire_objects(evidence: Evidence) -> None:
    evidence.expirations.append("tidy-up")


def delete_raw(evidence: Evidence) -> None:
    del evidence.objects[RAW[0]]


def overwrite_raw(evidence: Evidence) -> None:
    evidence.objects[RAW[0]].versions.insert(0, "newer")


def change_raw(evidence: Evidence) -> None:
    evidence.objects[RAW[0]].sha256 = digest("other")


def leave_a_message(evidence: Evidence) -> None:
    evidence.queues["listing-media-events"] = 1


def show_an_older_event(evidence: Evidence) -> None:
    evidence.rows[BATCH].batch["processing_metadata_json"]["callback"]["eventId"] = "batch-7-0-0123456789abcdef"


def show_failed(evidence: Evidence) -> None:
    evidence.rows[BATCH].batch["status"] = "FAILED"


def show_other_keys(evidence: Evidence) -> None:
    evidence.rows[BATCH].assets[0]["processed_key"] = processed(RAW[1])


def show_no_asset(evidence: Evidence) -> None:
    del evidence.rows[BATCH].assets[0]


def show_other_zips(evidence: Evidence) -> None:
    evidence.rows[BATCH].batch["processing_metadata_json"]["callback"]["zipBundles"] = []


def show_no_job(evidence: Evidence) -> None:
    evidence.rows[BATCH].jobs.clear()


PLANTED: dict[str, list[Spoil]] = {
    "lost": [lose_result, lose_receipt, deliver_an_older_result, lose_dead_letter],
    "not-shown": [lose_the_row],
    "unexpected": [execute_the_unasked, execute_by_hand, call_back_for_the_unasked, bury_the_unasked],
    "still-running": [keep_running],
    "duplicate-execution": [execute_twice, name_at_random],
    "duplicate-effect": [apply_twice],
    "no-reason": [bury_without_a_reason],
    "wrong-output": [
        lose_an_output,
        empty_an_output,
        cut_an_output,
        change_an_output,
        lose_the_zip,
        cut_the_zip,
        forget_an_asset,
        leave_an_asset_without_word,
    ],
    "foreign-key": [write_beside_listings, write_of_no_batch, write_into_another_listing, name_another_listings_key],
    "open-upload": [leave_an_upload_open, expire_objects],
    "rows-differ": [show_an_older_event, show_failed, show_other_keys, show_no_asset, show_other_zips, show_no_job],
    "raw-changed": [delete_raw, overwrite_raw, change_raw],
    "queue-not-empty": [leave_a_message],
}


def test_a_sound_run_breaks_no_promise() -> None:
    assert audit(sound_run()) == []


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [pytest.param(rule, spoil, id=spoil.__name__) for rule, spoils in PLANTED.items() for spoil in spoils],
)
def test_a_planted_violation_is_found_under_its_name_alone(rule: str, spoil: Spoil) -> None:
    evidence = sound_run()

    spoil(evidence)

    assert {each.rule for each in audit(evidence)} == {rule}


def test_a_batch_that_was_delivered_and_is_not_shown_is_found() -> None:
    evidence = sound_run()

    hide_from_the_backend(evidence)

    assert "not-shown" in {each.rule for each in audit(evidence)}


def test_every_rule_has_a_planted_violation() -> None:
    assert PLANTED.keys() == RULES.keys()


def test_an_attempt_without_an_answer_may_be_there_or_not() -> None:
    evidence = sound_run()
    evidence.ledger.asked(BATCH, 2)
    assert audit(evidence) == []

    evidence.executions.append(Execution("batch-7-2", "FAILED", (BATCH, 2)))
    assert audit(evidence) == []


def test_an_open_upload_is_fine_where_a_rule_aborts_it() -> None:
    evidence = sound_run()
    evidence.uploads.append(ZIP)
    assert audit(evidence) == []


def test_after_a_redrive_no_letter_is_dead_any_more_and_none_excuses() -> None:
    evidence = sound_run()
    assert {each.rule for each in audit(evidence, redriven=True)} == {"lost", "queue-not-empty"}
