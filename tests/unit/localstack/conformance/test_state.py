"""What differs from one apply to the next is taken out of a state, and only that."""

import json
from pathlib import Path
from typing import Any

import pytest

from localstack.conformance.state import UNKNOWN, Resources, read_first_plan, read_state, without_configured


def resource(kind: str, name: str, mode: str = "managed", **attributes: Any) -> dict[str, Any]:
    return {"mode": mode, "type": kind, "name": name, "instances": [{"attributes": {"id": name, **attributes}}]}


def read(folder: Path, *resources: dict[str, Any]) -> Resources:
    file = folder / "terraform.tfstate"
    file.write_text(json.dumps({"resources": resources}))
    return read_state(file)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("vpc-0a1b2c3d", "vpc-(id)"),
        ("http://127.0.0.1:41234/000000000000/queue", "http://127.0.0.1:(port)/000000000000/queue"),
        ("2026-11-25T09:00:00.000+0000", "(time)"),
        ("2026-11-25T09:00:00Z", "(time)"),
        ("3f0e9b0c-1d2e-4f5a-8b7c-0123456789ab", "(uuid)"),
        ("AROAQAAAAAAADFNNIUKFS", "(unique id)"),
        ("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "(sha256)"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "(hash)"),
        ("arn:aws:secretsmanager:us-east-1:000000000000:secret:toq/callback-AbCdEf", "…:secret:toq/callback-(lot)"),
        ("listing-media-start", "listing-media-start"),
        ("us-east-1", "us-east-1"),
        ("000000000000", "000000000000"),
        ('{"b": 1, "a": [2, 1]}', '{"a":[2,1],"b":1}'),
        ("{not JSON", "{not JSON"),
    ],
)
def test_texts_keep_all_but_what_changes(text: str, normalised: str, tmp_path: Path) -> None:
    state = read(tmp_path, resource("aws_sqs_queue", "q", value=text))
    expected = normalised.replace("…", "arn:aws:secretsmanager:us-east-1:000000000000")
    assert state["aws_sqs_queue.q"]["value"] == expected


def test_ids_of_a_rest_api_are_named_by_their_resource_wherever_they_stand(tmp_path: Path) -> None:
    state = read(
        tmp_path,
        resource("aws_api_gateway_rest_api", "callback", id="abc123defg", root_resource_id="zz11yy22xx"),
        resource("aws_api_gateway_method", "post", id="agm-abc123defg-zz11yy22xx-POST"),
    )
    assert state["aws_api_gateway_rest_api.callback"]["root_resource_id"] == "(root resource id)"
    assert (
        state["aws_api_gateway_method.post"]["id"]
        == "agm-(aws_api_gateway_rest_api.callback id)-(root resource id)-POST"
    )


def test_what_has_no_value_is_left_out_but_false_and_zero_are_kept(tmp_path: Path) -> None:
    state = read(tmp_path, resource("aws_sqs_queue", "q", none=None, text="", blocks=[], off=False, count=0))
    assert state["aws_sqs_queue.q"] == {"id": "q", "off": False, "count": 0}


def test_data_sources_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, resource("aws_vpc", "network", mode="data")) == {}


def test_what_the_stack_sets_is_left_out_to_any_depth() -> None:
    state: Resources = {
        "aws_sqs_queue.q": {"name": "q", "url": "here", "tags_all": {"project": "toq"}},
        "aws_s3_bucket_versioning.v": {"versioning_configuration": [{"status": "Enabled", "mfa_delete": "Disabled"}]},
        "aws_lambda_function.f": {"tracing_config": [{"mode": "Active"}], "timeout": 3},
    }
    stack = {
        "resource": {
            "aws_sqs_queue": {"q": {"name": "${var.name}"}},
            "aws_s3_bucket_versioning": {"v": {"versioning_configuration": {"status": "Enabled"}}},
            "aws_lambda_function": {"f": {"tracing_config": {"mode": "Active"}}},
        }
    }
    assert without_configured(state, stack) == {
        "aws_sqs_queue.q": {"url": "here"},
        "aws_s3_bucket_versioning.v": {"versioning_configuration": [{"mfa_delete": "Disabled"}]},
        "aws_lambda_function.f": {"timeout": 3},
    }


def test_first_plan_tells_what_is_known_only_after_the_apply() -> None:
    change = {
        "after": {"name": "q", "layers": [None, "b"], "rule": [{"days": 1}], "variables": {"A": "1"}},
        "after_unknown": {"arn": True, "layers": [True, False], "rule": [{"id": True}], "variables": {"B": True}},
    }
    entry = {"address": "aws_sqs_queue.q", "mode": "managed", "change": change}
    data = {"address": "data.aws_vpc.v", "mode": "data", "change": {"after": None, "after_unknown": {}}}
    assert read_first_plan({"resource_changes": [entry, data]}) == {
        "aws_sqs_queue.q": {
            "arn": UNKNOWN,
            "layers": UNKNOWN,
            "name": "q",
            "rule": [{"days": 1, "id": UNKNOWN}],
            "variables": UNKNOWN,
        }
    }
