"""What the stand-in provider refuses, and how it treats drift, failures and existing resources, in real Terraform."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.aws_provider.workspace import Workspace

Open = Callable[..., Workspace]
QUEUE = "aws_sqs_queue"


@pytest.fixture
def workspace(environment: dict[str, str], tmp_path: Path) -> Open:
    """Open a workspace with a configuration; keyword arguments go into the provider block."""

    def open_workspace(configuration: dict[str, Any], **provider: Any) -> Workspace:
        opened = Workspace(tmp_path, environment)
        opened.write(configuration, provider=provider)
        return opened

    return open_workspace


@pytest.fixture
def aws(environment: dict[str, str]) -> Callable[[str], Any]:
    """boto3 clients of the emulator, for changes behind Terraform's back."""

    session: Any = boto3.Session("test", "test", region_name="us-east-1")

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])

    return client


def resource(kind: str, /, **attributes: Any) -> dict[str, Any]:
    return {"resource": {kind: {"it": attributes}}}


def text_of(workspace: Workspace, *arguments: str) -> str:
    """What a Terraform command that fails says, without its frame and line breaks."""
    output = workspace.run(*arguments, expected=1)
    return " ".join(output.replace("│", " ").split())


def test_a_wrong_account_is_refused_before_anything_is_planned(workspace: Open, suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"q-{suffix}"), allowed_account_ids=["111111111111"])
    said = text_of(queue, "plan")
    assert "AWS account ID not allowed: 000000000000: allowed_account_ids names 111111111111" in said
    assert "will be created" not in said


def test_a_forbidden_account_is_refused(workspace: Open, suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"q-{suffix}"), forbidden_account_ids=["000000000000"])
    assert "forbidden_account_ids names" in text_of(queue, "plan")


def test_an_allowed_account_may_plan(workspace: Open, suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"q-{suffix}"), allowed_account_ids=["000000000000"])
    assert queue.plan() == {"aws_sqs_queue.it": ["create"]}


def test_an_endpoint_in_the_environment_that_is_not_this_machine_is_refused(workspace: Open) -> None:
    queue = workspace(resource(QUEUE, name="q"))
    queue.environment["AWS_ENDPOINT_URL"] = "https://sqs.us-east-1.amazonaws.com"
    assert "speaks only to an emulator on this machine" in text_of(queue, "plan")


def test_an_endpoint_in_the_provider_block_that_is_not_this_machine_is_refused(workspace: Open) -> None:
    queue = workspace(resource(QUEUE, name="q"), endpoints=[{"sqs": "http://192.0.2.1:4566"}])
    assert "endpoint 'sqs' is 'http://192.0.2.1:4566'" in text_of(queue, "plan")


def test_without_an_endpoint_nothing_is_called(workspace: Open) -> None:
    queue = workspace(resource(QUEUE, name="q"))
    del queue.environment["AWS_ENDPOINT_URL"]
    assert "No endpoint: set AWS_ENDPOINT_URL" in text_of(queue, "plan")


def test_an_attribute_that_only_aws_sets_is_refused(workspace: Open) -> None:
    key = workspace(resource("aws_kms_key", arn="arn:aws:kms:us-east-1:000000000000:key/mine"))
    assert 'Can\'t configure a value for "arn"' in text_of(key, "validate")


def test_an_unknown_argument_a_missing_one_and_too_many_blocks_are_reported(workspace: Open) -> None:
    unknown = workspace(resource(QUEUE, name="q", colour="red"))
    assert 'No argument or block type is named "colour"' in text_of(unknown, "validate")
    unknown.write(resource("aws_kms_alias", name="alias/a"))
    assert 'The argument "target_key_id" is required' in text_of(unknown, "validate")
    rules = [{"object_ownership": "ObjectWriter"}] * 2
    unknown.write(resource("aws_s3_bucket_ownership_controls", bucket="b", rule=rules))
    assert 'No more than 1 "rule" blocks are allowed' in text_of(unknown, "validate")


def test_a_policy_that_is_no_json_is_reported(workspace: Open) -> None:
    policy = workspace(resource("aws_s3_bucket_policy", bucket="b", policy="{not json"))
    assert '"policy" is not a JSON document' in text_of(policy, "validate")


def test_what_the_provider_would_ignore_is_refused(workspace: Open) -> None:
    bucket = workspace(resource("aws_s3_bucket", bucket="b", versioning=[{"enabled": True}]))
    assert 'does not serve "versioning"' in text_of(bucket, "validate")


def test_renaming_a_queue_replaces_it(workspace: Open, suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"old-{suffix}"))
    queue.apply()
    queue.write(resource(QUEUE, name=f"new-{suffix}"))
    assert queue.plan() == {"aws_sqs_queue.it": ["replace"]}


def test_what_was_deleted_elsewhere_is_created_again(workspace: Open, aws: Callable[[str], Any], suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"gone-{suffix}"))
    queue.apply()
    aws("sqs").delete_queue(QueueUrl=queue.resources()["aws_sqs_queue.it"]["url"])
    assert queue.plan() == {"aws_sqs_queue.it": ["create"]}


def test_what_was_changed_elsewhere_is_put_back(workspace: Open, aws: Callable[[str], Any], suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"drift-{suffix}", visibility_timeout_seconds=60))
    queue.apply()
    url = queue.resources()["aws_sqs_queue.it"]["url"]
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    assert queue.plan() == {"aws_sqs_queue.it": ["update"]}
    queue.apply()
    attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"


def test_a_bucket_policy_spelled_otherwise_is_no_change(
    workspace: Open, aws: Callable[[str], Any], suffix: str
) -> None:
    name = f"policy-{suffix}"
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    bucket = {
        "aws_s3_bucket": {"it": {"bucket": name}},
        "aws_s3_bucket_policy": {"it": {"bucket": "${aws_s3_bucket.it.id}", "policy": json.dumps(policy)}},
    }
    opened = workspace({"resource": bucket})
    opened.apply()
    same = {"Statement": {**statement, "Action": ["s3:*"]}, "Version": "2012-10-17"}
    aws("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(same))
    assert opened.plan() == {}


def test_changed_default_tags_are_an_update(workspace: Open, suffix: str) -> None:
    queue = workspace(resource(QUEUE, name=f"tags-{suffix}", tags={"Own": "1"}))
    queue.apply()
    queue.write(
        resource(QUEUE, name=f"tags-{suffix}", tags={"Own": "1"}), provider={"default_tags": {"tags": {"B": "2"}}}
    )
    queue.apply()
    state = queue.resources()["aws_sqs_queue.it"]
    assert (state["tags"], state["tags_all"]) == ({"Own": "1"}, {"Own": "1", "B": "2"})
    assert queue.plan() == {}


def test_a_stack_that_fails_says_why_and_is_kept_as_tainted(workspace: Open, suffix: str) -> None:
    template = {"Resources": {"Thing": {"Type": "AWS::Nowhere::Thing", "Properties": {}}}}
    stack = workspace(resource("aws_cloudformation_stack", name=f"fails-{suffix}", template_body=json.dumps(template)))
    said = text_of(stack, "apply", "-auto-approve")
    assert "AWS::Nowhere::Thing" in said
    state = json.loads((stack.folder / "terraform.tfstate").read_text())
    assert [instance["status"] for it in state["resources"] for instance in it["instances"]] == ["tainted"]
    stack.run("destroy", "-auto-approve")


def test_force_destroy_empties_a_versioned_bucket(workspace: Open, aws: Callable[[str], Any], suffix: str) -> None:
    name = f"full-{suffix}"
    bucket = {
        "aws_s3_bucket": {"it": {"bucket": name, "force_destroy": True}},
        "aws_s3_bucket_versioning": {
            "it": {"bucket": "${aws_s3_bucket.it.id}", "versioning_configuration": {"status": "Enabled"}}
        },
    }
    opened = workspace({"resource": bucket})
    opened.apply()
    for body in (b"first", b"second"):
        aws("s3").put_object(Bucket=name, Key="photo.jpg", Body=body)
    aws("s3").delete_object(Bucket=name, Key="photo.jpg")
    opened.run("destroy", "-auto-approve")
    assert name not in {it["Name"] for it in aws("s3").list_buckets()["Buckets"]}


def test_a_full_bucket_without_force_destroy_stays(workspace: Open, aws: Callable[[str], Any], suffix: str) -> None:
    name = f"kept-{suffix}"
    opened = workspace(resource("aws_s3_bucket", bucket=name))
    opened.apply()
    aws("s3").put_object(Bucket=name, Key="photo.jpg", Body=b"photo")
    assert "BucketNotEmpty" in text_of(opened, "destroy", "-auto-approve")
    aws("s3").delete_object(Bucket=name, Key="photo.jpg")
    opened.run("destroy", "-auto-approve")


def test_importing_what_does_not_exist_says_so(workspace: Open, suffix: str) -> None:
    bucket = workspace(
        {
            **resource("aws_s3_bucket", bucket=f"none-{suffix}"),
            "import": [{"to": "aws_s3_bucket.it", "id": f"none-{suffix}"}],
        }
    )
    assert "does not exist: there is nothing to import" in text_of(bucket, "plan")


def test_an_existing_bucket_is_adopted_without_a_change(
    workspace: Open, aws: Callable[[str], Any], suffix: str
) -> None:
    name = f"existing-{suffix}"
    aws("s3").create_bucket(Bucket=name)
    aws("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    bucket = {
        "aws_s3_bucket": {"it": {"bucket": name}},
        "aws_s3_bucket_versioning": {
            "it": {"bucket": "${aws_s3_bucket.it.id}", "versioning_configuration": {"status": "Enabled"}}
        },
    }
    imports = [{"to": f"{kind}.it", "id": name} for kind in bucket]
    opened = workspace({"resource": bucket, "import": imports}, default_tags={"tags": {}})
    assert opened.plan() == {f"{kind}.it": ["import"] for kind in bucket}
    opened.apply()


def test_a_missing_archive_is_named(workspace: Open, suffix: str) -> None:
    function = workspace(
        resource(
            "aws_lambda_function",
            function_name=f"f-{suffix}",
            role="arn:aws:iam::000000000000:role/r",
            filename="absent.zip",
            handler="h.h",
            runtime="python3.12",
        )
    )
    assert "absent.zip is not there: build the artifacts first" in text_of(function, "apply", "-auto-approve")
