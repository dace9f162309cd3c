"""The real AWS provider without the services that no stack uses: found by what they serve, left out of two lists."""

import json
from pathlib import Path

import pytest

from toolchain.errors import SetupError
from toolchain.provider_build import MODULE, ProviderSource, stack_types

SDK = "github.com/aws/aws-sdk-go-v2/service"


def client(name: str, package: str) -> str:
    return f"func (c *AWSClient) {name}Client(ctx context.Context) *{package}.Client {{\n\treturn nil\n}}\n"


@pytest.fixture
def source(tmp_path: Path) -> ProviderSource:
    """A module with the shape of the provider's: two services that serve something, one that they call."""
    files = {
        "internal/service/sqs/service_package_gen.go": '\tTypeName: "aws_sqs_queue",\n',
        "internal/service/sqs/queue.go": f'import "{MODULE}/internal/tags"\n\tconn := meta.SQSClient(ctx)\n',
        "internal/service/sqs/queue_test.go": "\tmeta.WAFClient(ctx)\n",
        "internal/service/waf/service_package_gen.go": '\tTypeName: "aws_waf_rule",\n',
        "internal/service/waf/rule.go": "\tmeta.WAFClient(ctx)\n",
        "internal/tags/tags.go": "\tmeta.TaggingClient(ctx)\n",
        "internal/provider/sdkv2/provider.go": "package sdkv2\n",
        "internal/provider/sdkv2/service_packages_gen.go": "\n".join(
            [
                f'\t"{MODULE}/internal/conns"',
                *(f'\t"{MODULE}/internal/service/{name}"' for name in ("sqs", "waf")),
                *(f"\t\t{name}.ServicePackage(ctx)," for name in ("sqs", "waf")),
            ]
        ),
        "internal/conns/awsclient_gen.go": "\n".join(
            [
                f'\t"{SDK}/sqs"',
                f'\ttagging "{SDK}/resourcegroupstaggingapi"',
                f'\t"{SDK}/waf"',
                client("SQS", "sqs"),
                client("Tagging", "tagging"),
                client("WAF", "waf"),
            ]
        ),
    }
    for name, text in files.items():
        (tmp_path / "module" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "module" / name).write_text(text)
    return ProviderSource(tmp_path / "module")


def test_services_are_found_by_the_types_that_they_serve(source: ProviderSource) -> None:
    assert source.services({"aws_sqs_queue"}) == {"meta", "s3control", "sqs", "sts"}


def test_a_type_that_no_service_has_is_named(source: ProviderSource) -> None:
    with pytest.raises(SetupError, match="has no aws_new_thing: check the stack's types"):
        source.services({"aws_sqs_queue", "aws_new_thing"})


def test_the_other_services_and_their_clients_are_left_out(source: ProviderSource, tmp_path: Path) -> None:
    overlay = source.overlay({"sqs"}, tmp_path / "overlay")
    replaced = json.loads(overlay.read_text())["Replace"]
    packages, clients = (Path(replaced[str(source.root / name)]).read_text() for name in sorted(replaced_names(source)))
    packages, clients = sorted((packages, clients), key=lambda text: "ServicePackage" not in text)
    assert "internal/service/sqs" in packages
    assert "sqs.ServicePackage" in packages
    assert "internal/conns" in packages
    assert "waf" not in packages
    assert "SQSClient" in clients
    assert "TaggingClient" in clients, "what a service imports asks for it"
    assert f'tagging "{SDK}/resourcegroupstaggingapi"' in clients
    assert "waf" not in clients.lower()


def replaced_names(source: ProviderSource) -> list[str]:
    return [str(path.relative_to(source.root)) for path in source.root.rglob("*_gen.go") if "service/" not in str(path)]


def test_the_types_are_those_of_every_environment() -> None:
    types = stack_types()
    assert {"aws_sfn_state_machine", "aws_api_gateway_vpc_link", "aws_vpc"} <= types
    assert all(name.startswith("aws_") for name in types)
