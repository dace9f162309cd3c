"""Checks of how media are kept: encryption, versions, no public access, no expiry."""

import json
from typing import Any, Final

import httpx
from botocore.exceptions import ClientError

from operations.acceptance.check import Check, Seen, all_of
from operations.acceptance.run import Run, promised

_ANYONE_READS: Final = "the local platform answers strangers too"


def objects_encrypted(run: Run) -> Seen:
    key_arn = run.account.outputs["kms_key_arn"]
    keys = [asset.key for asset in run.batch.assets] + [
        key for asset in run.good for key in promised(asset, run.account.environment.photo_variants)
    ]
    wrong = []
    for key in keys:
        head = run.head(key)
        how = (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId"))
        if how != ("aws:kms", key_arn):
            wrong.append(f"{key}: {how[0]} {how[1]}")
    return all_of(wrong, f"{len(keys)} objects under {run.account.outputs['kms_key_alias']}")


def bucket_encrypts(run: Run) -> Seen:
    answer = run.account.operator("s3").get_bucket_encryption(Bucket=run.bucket)
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    how = (default["SSEAlgorithm"], default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled"))
    good = how == ("aws:kms", run.account.outputs["kms_key_arn"], True)
    return Seen(good, f"{how[0]}, {how[1]}, bucket key {'on' if how[2] else 'off'}")


def key_rotates(run: Run) -> Seen:
    answer = run.account.operator("kms").get_key_rotation_status(KeyId=run.account.outputs["kms_key_arn"])
    days = answer.get("RotationPeriodInDays")
    return Seen(
        bool(answer["KeyRotationEnabled"]) and days == 365, f"rotation {answer['KeyRotationEnabled']}, {days} days"
    )


def buckets_guarded(run: Run) -> Seen:
    wrong: list[str] = []
    s3 = run.account.operator("s3")
    buckets = [run.bucket, run.account.outputs["log_bucket"]]
    for bucket in buckets:
        block: dict[str, bool] = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        wrong += [f"{bucket}: {name} is off" for name, value in block.items() if not value]
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status")
        wrong += [] if status == "Enabled" else [f"{bucket}: versioning {status}"]
        [owner] = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        wrong += [] if owner["ObjectOwnership"] == "BucketOwnerEnforced" else [f"{bucket}: {owner['ObjectOwnership']}"]
    return all_of(wrong, f"{' and '.join(buckets)}: versions, one owner, no public access")


def access_logged(run: Run) -> Seen:
    target = run.account.operator("s3").get_bucket_logging(Bucket=run.bucket).get("LoggingEnabled", {})
    return Seen(target.get("TargetBucket") == run.account.outputs["log_bucket"], json.dumps(target))


def nothing_expires(run: Run) -> Seen:
    try:
        rules: list[dict[str, Any]] = run.account.operator("s3").get_bucket_lifecycle_configuration(Bucket=run.bucket)[
            "Rules"
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    # What a rule aborts, an upload that nobody completed, is no object.
    removing = [rule.get("ID", "?") for rule in rules if any("Expir" in member for member in rule)]
    return all_of(
        [f"rule {each} removes" for each in removing], f"{len(rules)} lifecycle rules, none removes an object"
    )


def strangers_read_nothing(run: Run) -> Seen:
    region = run.account.outputs["region"]
    key = run.good[0].output("processed", ".jpg")
    base = f"https://{run.bucket}.s3.{region}.amazonaws.com"
    answers = {path: httpx.get(f"{base}/{path}", timeout=30).status_code for path in (key, "?list-type=2")}
    return Seen(set(answers.values()) == {403}, ", ".join(f"{code} for {path}" for path, code in answers.items()))


def policy_not_public(run: Run) -> Seen:
    public = run.account.operator("s3").get_bucket_policy_status(Bucket=run.bucket)["PolicyStatus"]["IsPublic"]
    return Seen(public is False, f"IsPublic {public}")


CHECKS: Final = (
    Check(
        "objects-encrypted",
        "raw and made objects are under our key",
        objects_encrypted,
        aws_shows="grants and key policy let S3, the functions and MediaConvert use the key",
    ),
    Check("bucket-encrypts", "SSE-KMS with our key and a bucket key by default", bucket_encrypts),
    Check("key-rotates", "every 365 days", key_rotates),
    Check("buckets-guarded", "versions, one owner, public access blocked on both buckets", buckets_guarded),
    Check("access-logged", "to the log bucket", access_logged),
    Check("nothing-expires", "no lifecycle rule removes anything", nothing_expires),
    Check(
        "strangers-read-nothing",
        "403 to a GET and a listing without credentials",
        strangers_read_nothing,
        _ANYONE_READS,
    ),
    Check(
        "policy-not-public", "S3 calls the bucket's policy not public", policy_not_public, "LocalStack has no such call"
    ),
)
