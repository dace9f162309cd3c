"""Security groups: the callback API's endpoint admits the VPC and the functions, the functions leave by HTTPS."""

import pytest

from tests.support.infrastructure.emitted import Terraform


def test_the_endpoint_admits_every_address_block_of_the_vpc(stack: Terraform) -> None:
    rule = stack.one("aws_vpc_security_group_ingress_rule.callback_endpoint_https")
    assert "data.aws_vpc.main.cidr_block_associations" in rule["for_each"]
    assert rule["cidr_ipv4"] == "${each.value}"
    assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (443, 443, "tcp")


@pytest.mark.parametrize("name", ["homolog", "prod"])
def test_the_endpoint_admits_the_functions_by_their_group(stacks: dict[str, Terraform], name: str) -> None:
    rule = stacks[name].one("aws_vpc_security_group_ingress_rule.callback_endpoint_https_functions")
    assert rule["security_group_id"] == "${aws_security_group.callback_endpoint.id}"
    assert rule["referenced_security_group_id"] == "${aws_security_group.functions.id}"


def test_functions_outside_the_vpc_need_no_admission(stacks: dict[str, Terraform]) -> None:
    for name in ("dev", "local"):
        assert list(stacks[name].all("aws_vpc_security_group_ingress_rule")) == ["callback_endpoint_https"]


@pytest.mark.parametrize("name", ["homolog", "prod"])
def test_functions_leave_by_https_only_which_is_why_callback_urls_have_no_other_port(
    stacks: dict[str, Terraform], name: str
) -> None:
    [rule] = stacks[name].all("aws_vpc_security_group_egress_rule").values()
    assert (rule["from_port"], rule["to_port"]) == (443, 443)
