"""Wrong values that a real AWS provider refuses in `terraform validate`: what the stand-in cannot show.

The stand-in checks types and what the schema says; the real provider's validators know AWS's own rules. Each value here
goes into one resource of an emitted stack of which everything else is right.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from localstack.local_platform.local_stack import link_artifacts
from operations.terraform import Stack
from toolchain.errors import SetupError
from toolchain.paths import RUNS
from toolchain.terraform_provider import LOCAL, provider_environment


@dataclass(frozen=True, slots=True)
class Planted:
    """One wrong value.

    Parameters
    ----------
    kind
        What is wrong with it.
    type
        The resource type; the stack's first resource of it takes the value.
    attribute, value
        What is set there.
    """

    kind: str
    type: str
    attribute: str
    value: Any


PLANTED: Final = (
    Planted("a retention that CloudWatch Logs does not know", "aws_cloudwatch_log_group", "retention_in_days", 31),
    Planted("no ARN", "aws_lambda_function", "role", "toq-media-start"),
    Planted("a name longer than IAM takes", "aws_iam_role", "name", "r" * 65),
    Planted("no JSON", "aws_iam_role_policy", "policy", '{"Statement": ['),
    Planted("no JSON", "aws_sqs_queue_policy", "policy", "allow everything"),
    Planted("a number out of its range", "aws_lambda_event_source_mapping", "maximum_record_age_in_seconds", 10),
    Planted("a number out of its range", "aws_sqs_queue", "visibility_timeout_seconds", 43_201),
    Planted("a word that the API does not know", "aws_cloudwatch_metric_alarm", "comparison_operator", "GreaterThan"),
    Planted("no ARN", "aws_sns_topic_policy", "arn", "alarms"),
)


def plant(emitted: Mapping[str, Any], planted: Planted) -> tuple[dict[str, Any], str]:
    """A copy of the stack with the wrong value, and the address of the resource that took it.

    Raises
    ------
    ValueError
        The stack has no resource of the type.
    """
    name = next(iter(emitted["resource"].get(planted.type, {})), None)
    if name is None:
        raise ValueError(f"the stack has no {planted.type} to give a wrong {planted.attribute}")
    stack: dict[str, Any] = json.loads(json.dumps(emitted))
    stack["resource"][planted.type][name][planted.attribute] = planted.value
    return stack, f"{planted.type}.{name}"


def refused(validation: str) -> list[tuple[str, str]]:
    """Address and summary of each error in what `terraform validate -json` prints."""
    return [
        (diagnostic.get("address", "(the stack)"), diagnostic["summary"])
        for diagnostic in json.loads(validation)["diagnostics"]
        if diagnostic["severity"] == "error"
    ]


def passed(provider: str) -> list[str]:
    """The wrong values in the local stack that `terraform validate` lets pass with `provider`, one line each.

    Each is validated alone: Terraform does not look at what depends on a resource that it has refused.

    Raises
    ------
    SetupError
        The stack cannot be emitted, or is not valid without any wrong value.
    """
    stack = _emitted(provider)
    file = stack.directory / "cdk.tf.json"
    emitted = json.loads(file.read_text(encoding="utf-8"))
    if errors := _validate(stack):
        raise SetupError(f"the stack is not valid as it is: {errors}")
    lines = []
    for each in PLANTED:
        wrong, address = plant(emitted, each)
        file.write_text(json.dumps(wrong, indent=2), encoding="utf-8")
        summaries = [summary for at, summary in _validate(stack) if at == address]
        print(f"{'refused' if summaries else 'PASSED'}: {each.kind}: {address}: {each.attribute}")
        if not summaries:
            lines.append(f"{address} takes {each.attribute} = {each.value!r}: {each.kind}")
    return lines


def _emitted(provider: str) -> Stack:
    """The local stack, emitted and initialised without a backend in a folder of its own."""
    directory = RUNS / f"planted-{provider}"
    link_artifacts(directory)
    places = {"CDKTF_OUTDIR": str(directory / "cdktf.out"), "TF_DATA_DIR": str(directory / "terraform")}
    found = provider_environment(LOCAL, real_calls=False, provider=provider)
    stack = Stack(LOCAL, {**os.environ, **found, **places})
    if stack.build_artifacts() or stack.synth() or stack.terraform("init", "-backend=false", "-no-color"):
        raise SetupError("the local stack cannot be emitted and initialised")
    return stack


def _validate(stack: Stack) -> list[tuple[str, str]]:
    command = ["terraform", "validate", "-json"]
    run = subprocess.run(command, cwd=stack.directory, env=stack.variables, capture_output=True, text=True, check=False)
    return refused(run.stdout)
