"""Addresses are for people, and stay."""

import re

from cdktf import App, TerraformElement

from modules.stack import MediaPipeline
from tests.support.infrastructure.emitted import Terraform


def test_no_two_elements_share_an_address(stack: Terraform) -> None:
    # cdktf would silently merge them: the tree of constructs has more elements than the file then.
    tree = MediaPipeline(App(), stack.environment).node.find_all()
    kinds = {"aws_", "data."}
    built = [node for node in tree if isinstance(node, TerraformElement) and _type_of(node).startswith(tuple(kinds))]
    emitted = sum(len(members) for part in ("resource", "data") for members in stack.document.get(part, {}).values())
    assert len(built) == emitted


def test_addresses_are_words_without_hashes(stack: Terraform) -> None:
    for address, _ in stack.resources():
        assert re.fullmatch(r"aws_[a-z0-9_]+\.[a-z]+(_[a-z]+)*(_\d)?", address), address


def test_what_holds_data_keeps_its_address(prod: Terraform) -> None:
    addresses = {address for address, _ in prod.resources()}
    assert addresses >= {
        "aws_kms_key.media",
        "aws_s3_bucket.logs",
        "aws_s3_bucket.media",
        "aws_secretsmanager_secret.callback",
        "aws_sqs_queue.batches",
        "aws_sqs_queue.dead_letters",
        "aws_sqs_queue.event_dead_letters",
        "aws_sqs_queue.events",
    }


def _type_of(element: TerraformElement) -> str:
    return str(getattr(element, "terraform_resource_type", ""))
