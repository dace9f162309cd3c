"""Checks of queues, dead letters and the callback."""

import json
from typing import Final

from operations.acceptance.check import Check, Seen, all_of
from operations.acceptance.run import Run


def queue_settings(run: Run) -> Seen:
    outputs = run.account.outputs
    found = run.account.operator("sqs").get_queue_attributes(QueueUrl=outputs["queue_url"], AttributeNames=["All"])
    attributes = found["Attributes"]
    redrive = json.loads(attributes.get("RedrivePolicy", "{}"))
    expected = {
        "VisibilityTimeout": ("60", attributes["VisibilityTimeout"]),
        "KmsMasterKeyId": (outputs["kms_key_arn"], attributes.get("KmsMasterKeyId")),
        "maxReceiveCount": ("5", str(redrive.get("maxReceiveCount"))),
        "deadLetterTargetArn": (outputs["dead_letter_queue_arn"], redrive.get("deadLetterTargetArn")),
    }
    wrong = [f"{name} is {seen}" for name, (wanted, seen) in expected.items() if wanted != seen]
    return all_of(wrong, "visibility 60 s, 5 receives, our key")


def dead_letter_queue_settings(run: Run) -> Seen:
    outputs = run.account.outputs
    found = run.account.operator("sqs").get_queue_attributes(
        QueueUrl=outputs["dead_letter_queue_url"], AttributeNames=["All"]
    )["Attributes"]
    how = (found.get("KmsMasterKeyId"), found["MessageRetentionPeriod"])
    return Seen(how == (outputs["kms_key_arn"], "1209600"), f"{how[0]}, kept {int(how[1]) // 86400} days")


def no_other_dead_letters(run: Run) -> Seen:
    return Seen(run.other_letters == 0, f"{run.other_letters} messages: make redrive ARGS=--dry-run shows them")


def callback_ends(run: Run) -> Seen:
    return _delivered(run) if run.batch.known else _refused(run)


def _delivered(run: Run) -> Seen:
    receipt, result = run.manifest("callback.json"), run.manifest("result.json")
    code = receipt["statusCode"]
    good = 200 <= code < 300 and receipt["eventId"] == result["eventId"] and result["status"] == "SUCCEEDED"
    return Seen(good and not run.letters, f"{result['status']}, HTTP {code} after {receipt['tries']} tries")


def _refused(run: Run) -> Seen:
    """A backend that does not know the batch refuses it for good, and the dead-letter queue has it with the reason."""
    if not run.letters:
        return Seen(False, "no dead letter about the batch")
    codes = [letter.get("ErrorCode", "given up by SQS") for letter in run.letters]
    reason = run.letters[0].get("ErrorReason", "").strip()
    return Seen(codes == ["CallbackRefused"], f"dead letter {', '.join(codes)}: {reason[:160]}")


CHECKS: Final = (
    Check(
        "queue-settings",
        "visibility 60 s, dead letters after 5 receives, our key",
        queue_settings,
    ),
    Check("dead-letter-queue-settings", "our key, kept 14 days", dead_letter_queue_settings),
    Check(
        "callback-ends",
        "delivered; in the dead-letter queue where the backend does not know the batch",
        callback_ends,
        aws_shows="the way to the backend, through VPC link and load balancer where it is private",
    ),
    Check("no-other-dead-letters", "the dead-letter queue holds nothing else", no_other_dead_letters),
)
