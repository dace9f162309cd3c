"""Amazon VPC: data sources for the network that is there already."""

from typing import Any

from toq_aws_provider.aws_calls import ResourceError, given, tag_map
from toq_aws_provider.resource import DataSource
from toq_aws_provider.values import Object


def _filters(config: Object, **arguments: Any) -> list[dict[str, Any]]:
    """EC2 filters of a data source: `filter` blocks, `tags`, and plain arguments."""
    configured = [{"Name": block["name"], "Values": block["values"]} for block in config["filter"]]
    tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in (config["tags"] or {}).items()]
    return [*configured, *tags, *({"Name": name, "Values": [value]} for name, value in given(**arguments).items())]


class Vpc(DataSource):
    type = "aws_vpc"

    def read(self, config: Object) -> Object:
        api = self.aws.client("ec2")
        default = config["default"]
        filters = _filters(
            config,
            **{"cidr": config["cidr_block"], "state": config["state"], "dhcp-options-id": config["dhcp_options_id"]},
            **{"is-default": None if default is None else str(default).lower()},
        )
        found = api.describe_vpcs(**given(VpcIds=[config["id"]] if config["id"] else None, Filters=filters or None))[
            "Vpcs"
        ]
        if len(found) != 1:
            raise ResourceError(f"{len(found)} VPCs fit the configuration of aws_vpc, but it must be one")
        vpc = found[0]
        attributes = {
            name: api.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[name[0].upper() + name[1:]]["Value"]
            for name in ("enableDnsHostnames", "enableDnsSupport")
        }
        by_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
        tables = api.describe_route_tables(Filters=by_vpc)["RouteTables"]
        return {
            "arn": self.aws.arn("ec2", f"vpc/{vpc['VpcId']}"),
            "cidr_block": vpc["CidrBlock"],
            "cidr_block_associations": [
                {
                    "association_id": item["AssociationId"],
                    "cidr_block": item["CidrBlock"],
                    "state": item["CidrBlockState"]["State"],
                }
                for item in vpc.get("CidrBlockAssociationSet", [])
            ],
            "default": vpc["IsDefault"],
            "dhcp_options_id": vpc["DhcpOptionsId"],
            "enable_dns_hostnames": attributes["enableDnsHostnames"],
            "enable_dns_support": attributes["enableDnsSupport"],
            "enable_network_address_usage_metrics": False,
            "id": vpc["VpcId"],
            "instance_tenancy": vpc["InstanceTenancy"],
            "main_route_table_id": tables[0]["RouteTableId"] if tables else None,
            "owner_id": vpc.get("OwnerId") or self.aws.account,
            "region": self.aws.region,
            "state": vpc["State"],
            "tags": tag_map(vpc.get("Tags")),
        }


class Subnets(DataSource):
    type = "aws_subnets"

    def read(self, config: Object) -> Object:
        pages = self.aws.client("ec2").get_paginator("describe_subnets").paginate(Filters=_filters(config))
        found = [subnet for page in pages for subnet in page["Subnets"]]
        return {
            "id": self.aws.region,
            "ids": [subnet["SubnetId"] for subnet in found],
            "region": self.aws.region,
            "tags": config["tags"] or {},
        }
