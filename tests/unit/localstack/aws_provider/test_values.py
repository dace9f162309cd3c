"""Values on the wire and when two of them mean the same."""

import json
import random

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]

from toq_aws_provider.values import (
    UNKNOWN,
    decode,
    encode,
    is_empty,
    is_json,
    is_known,
    same_json,
    same_policy,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(PLAIN)
def test_what_is_encoded_is_decoded_again(value: object) -> None:
    assert decode(encode(value)) == value


def test_an_unknown_value_survives_at_any_depth() -> None:
    assert decode(encode({"a": [1, UNKNOWN], "b": UNKNOWN})) == {"a": [1, UNKNOWN], "b": UNKNOWN}


def test_a_refined_unknown_value_is_unknown() -> None:
    refined = msgpack.ExtType(12, msgpack.packb({1: False}))
    assert decode(pb.DynamicValue(msgpack=msgpack.packb(refined))) is UNKNOWN


def test_stored_state_comes_as_json() -> None:
    assert decode(pb.DynamicValue(json=b'{"a": [1]}')) == {"a": [1]}


def test_an_empty_message_is_null() -> None:
    assert decode(pb.DynamicValue()) is None


def test_a_value_terraform_cannot_hold_is_an_error() -> None:
    with pytest.raises(TypeError, match="set is not a Terraform value"):
        encode({"a": {1}})


def test_using_an_unknown_value_as_a_condition_is_an_error() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


@pytest.mark.parametrize(("value", "known"), [(None, True), ([1, {"a": 2}], True), ({"a": [UNKNOWN]}, False)])
def test_a_value_is_known_when_all_of_it_is(value: object, known: bool) -> None:
    assert is_known(value) is known


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}])
def test_what_the_old_sdk_takes_for_absent_is_empty(value: object) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [UNKNOWN, "0", 1, True, [None], {"a": None}])
def test_anything_else_is_not_empty(value: object) -> None:
    assert not is_empty(value)


def test_json_is_compared_by_content() -> None:
    assert same_json('{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}')
    assert not same_json('{"b": [1, 2]}', '{"b": [2, 1]}')


def test_text_that_is_no_json_is_compared_as_it_is() -> None:
    assert same_json("a", "a")
    assert not same_json("a", "a ")
    assert not is_json("{")
    assert is_json("{}")


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Principal": {"AWS": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]},
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Principal": "*", "Resource": ["arn:aws:s3:::b/*"]},
    ],
}


@given(st.randoms(use_true_random=False))
def test_the_order_of_a_policys_lists_does_not_count(order: random.Random) -> None:
    def shuffled(part: object) -> object:
        if isinstance(part, dict):
            return {key: shuffled(value) for key, value in part.items()}
        if isinstance(part, list):
            return order.sample([shuffled(item) for item in part], len(part))
        return part

    assert same_policy(json.dumps(POLICY), json.dumps(shuffled(POLICY)))


def test_a_list_of_one_action_is_the_action() -> None:
    assert same_policy('{"Statement": [{"Action": ["s3:GetObject"]}]}', '{"Statement": {"Action": "s3:GetObject"}}')


def test_a_condition_of_true_is_the_text_true() -> None:
    assert same_policy('{"Condition": {"Bool": {"a": true}}}', '{"Condition": {"Bool": {"a": "true"}}}')


def test_another_action_is_another_policy() -> None:
    assert not same_policy('{"Action": "s3:GetObject"}', '{"Action": "s3:PutObject"}')
    assert not same_policy('{"Action": ["a", "b"]}', '{"Action": ["a"]}')
