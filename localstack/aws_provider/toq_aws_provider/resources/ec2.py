"""Amazon VPC: security groups, their rules, and endpoints of AWS services."""

from typing import Any, ClassVar

from toq_aws_provider.aws_calls import given, tag_list, tag_map, wait_until
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource
from toq_aws_provider.values import Object


def _tags_on(kind: str, tags: dict[str, str] | None) -> dict[str, Any]:
    """The argument that tags a new resource of the EC2 API."""
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(tags)}]} if tags else {}


class _Ec2Resource(Resource):
    service = "ec2"

    def update_tags(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        if changed:
            self.api.create_tags(Resources=[identifier], Tags=tag_list(changed))
        if removed:
            self.api.delete_tags(Resources=[identifier], Tags=[{"Key": key} for key in removed])


class SecurityGroup(_Ec2Resource):
    """A group whose rules are resources of their own; rules inside the group are not served."""

    type = "aws_security_group"
    unsupported_attributes = ("egress", "ingress")
    not_found_codes = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_security_group(
            GroupName=choose_name(planned),
            Description=planned["description"],
            **given(VpcId=planned["vpc_id"]),
            **_tags_on("security-group", planned["tags_all"]),
        )["GroupId"]
        return identifier

    def after_create(self, identifier: str, planned: Object) -> None:
        """AWS lets a new group send anywhere; Terraform's groups start with no rule at all."""
        self._revoke(identifier)

    def _revoke(self, identifier: str) -> None:
        group = self._describe(identifier)
        if group["IpPermissionsEgress"]:
            self.api.revoke_security_group_egress(GroupId=identifier, IpPermissions=group["IpPermissionsEgress"])
        if group["IpPermissions"]:
            self.api.revoke_security_group_ingress(GroupId=identifier, IpPermissions=group["IpPermissions"])

    def _describe(self, identifier: str) -> dict[str, Any]:
        groups: list[dict[str, Any]] = self.api.describe_security_groups(GroupIds=[identifier])["SecurityGroups"]
        return groups[0]

    def read(self, identifier: str, state: Object) -> Object | None:
        group = self._describe(identifier)
        return {
            "arn": self.aws.arn("ec2", f"security-group/{identifier}"),
            "description": group["Description"],
            "egress": [],
            "ingress": [],
            "name": group["GroupName"],
            "owner_id": group["OwnerId"],
            "tags_all": tag_map(group.get("Tags")),
            "vpc_id": group["VpcId"],
        }

    def delete(self, identifier: str, state: Object) -> None:
        if state["revoke_rules_on_delete"]:
            self._revoke(identifier)
        self.api.delete_security_group(GroupId=identifier)


class _Rule(_Ec2Resource):
    not_found_codes = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound")
    egress: ClassVar[bool]

    def create(self, planned: Object) -> str:
        call = self.api.authorize_security_group_egress if self.egress else self.api.authorize_security_group_ingress
        answer = call(
            GroupId=planned["security_group_id"],
            IpPermissions=[self._permission(planned)],
            **_tags_on("security-group-rule", planned["tags_all"]),
        )
        identifier: str = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return identifier

    @staticmethod
    def _ports(planned: Object) -> dict[str, int]:
        """All protocols (-1) have no ports; LocalStack wants to be told so."""
        ends = {"FromPort": planned["from_port"], "ToPort": planned["to_port"]}
        default = -1 if planned["ip_protocol"] == "-1" else None
        return given(**{end: default if port is None else int(port) for end, port in ends.items()})

    @classmethod
    def _permission(cls, planned: Object) -> dict[str, Any]:
        about = given(Description=planned["description"] or None)
        permission: dict[str, Any] = {"IpProtocol": planned["ip_protocol"], **cls._ports(planned)}
        if planned["cidr_ipv4"]:
            permission["IpRanges"] = [{"CidrIp": planned["cidr_ipv4"], **about}]
        if planned["cidr_ipv6"]:
            permission["Ipv6Ranges"] = [{"CidrIpv6": planned["cidr_ipv6"], **about}]
        if planned["prefix_list_id"]:
            permission["PrefixListIds"] = [{"PrefixListId": planned["prefix_list_id"], **about}]
        if planned["referenced_security_group_id"]:
            permission["UserIdGroupPairs"] = [{"GroupId": planned["referenced_security_group_id"], **about}]
        return permission

    def read(self, identifier: str, state: Object) -> Object | None:
        rules = self.api.describe_security_group_rules(SecurityGroupRuleIds=[identifier])["SecurityGroupRules"]
        if not rules:
            return None
        rule = rules[0]
        everything = rule["IpProtocol"] == "-1"  # all protocols have no ports
        return {
            "arn": self.aws.arn("ec2", f"security-group-rule/{identifier}"),
            "cidr_ipv4": rule.get("CidrIpv4"),
            "cidr_ipv6": rule.get("CidrIpv6"),
            # LocalStack keeps no description of a rule that refers to a group.
            "description": rule.get("Description") or state["description"],
            "from_port": None if everything else rule.get("FromPort"),
            "ip_protocol": rule["IpProtocol"],
            "prefix_list_id": rule.get("PrefixListId"),
            "referenced_security_group_id": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "security_group_id": rule["GroupId"],
            "security_group_rule_id": identifier,
            "tags_all": tag_map(rule.get("Tags")),
            "to_port": None if everything else rule.get("ToPort"),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        names = (
            "cidr_ipv4", "cidr_ipv6", "description", "from_port", "ip_protocol", "prefix_list_id",
            "referenced_security_group_id", "to_port",
        )  # fmt: skip
        if all(old[name] == new[name] for name in names):
            return
        rule = given(
            IpProtocol=new["ip_protocol"],
            **self._ports(new),
            CidrIpv4=new["cidr_ipv4"],
            CidrIpv6=new["cidr_ipv6"],
            Description=new["description"],
            PrefixListId=new["prefix_list_id"],
            ReferencedGroupId=new["referenced_security_group_id"],
        )
        self.api.modify_security_group_rules(
            GroupId=new["security_group_id"],
            SecurityGroupRules=[{"SecurityGroupRuleId": identifier, "SecurityGroupRule": rule}],
        )

    def delete(self, identifier: str, state: Object) -> None:
        call = self.api.revoke_security_group_egress if self.egress else self.api.revoke_security_group_ingress
        call(GroupId=state["security_group_id"], SecurityGroupRuleIds=[identifier])


class IngressRule(_Rule):
    type = "aws_vpc_security_group_ingress_rule"
    egress = False


class EgressRule(_Rule):
    type = "aws_vpc_security_group_egress_rule"
    egress = True


class VpcEndpoint(_Ec2Resource):
    type = "aws_vpc_endpoint"
    policy_documents = ("policy",)
    unsupported_attributes = (
        "auto_accept",
        "dns_options",
        "resource_configuration_arn",
        "service_network_arn",
        "service_region",
        "subnet_configuration",
    )
    not_found_codes = ("InvalidVpcEndpointId.NotFound",)

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_vpc_endpoint(
            VpcId=planned["vpc_id"],
            VpcEndpointType=planned["vpc_endpoint_type"],
            **given(
                ServiceName=planned["service_name"],
                PolicyDocument=planned["policy"] or None,
                PrivateDnsEnabled=planned["private_dns_enabled"],
                RouteTableIds=planned["route_table_ids"],
                SecurityGroupIds=planned["security_group_ids"],
                SubnetIds=planned["subnet_ids"],
            ),
            **_tags_on("vpc-endpoint", planned["tags_all"]),
        )["VpcEndpoint"]["VpcEndpointId"]
        return identifier

    def after_create(self, identifier: str, planned: Object) -> None:
        wait_until(
            lambda: self._describe(identifier)["State"].lower() == "available",
            f"VPC endpoint {identifier} becoming available",
        )

    def _describe(self, identifier: str) -> dict[str, Any]:
        endpoints: list[dict[str, Any]] = self.api.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"]
        return endpoints[0]

    def read(self, identifier: str, state: Object) -> Object | None:
        endpoint = self._describe(identifier)
        if endpoint["State"].lower() in ("deleted", "deleting"):
            return None
        groups = [group["GroupId"] for group in endpoint.get("Groups", [])]
        return {
            "arn": self.aws.arn("ec2", f"vpc-endpoint/{identifier}"),
            "cidr_blocks": [],
            "dns_entry": [
                {"dns_name": entry.get("DnsName"), "hosted_zone_id": entry.get("HostedZoneId")}
                for entry in endpoint.get("DnsEntries", [])
            ],
            "ip_address_type": endpoint.get("IpAddressType"),
            "network_interface_ids": endpoint.get("NetworkInterfaceIds", []),
            "owner_id": endpoint.get("OwnerId") or self.aws.account,
            "policy": endpoint.get("PolicyDocument") or state["policy"],
            "private_dns_enabled": endpoint.get("PrivateDnsEnabled", False),
            "requester_managed": endpoint.get("RequesterManaged", False),
            "route_table_ids": endpoint.get("RouteTableIds", []),
            "security_group_ids": groups or state["security_group_ids"],
            "service_name": endpoint["ServiceName"],
            "state": endpoint["State"].lower(),
            "subnet_ids": endpoint.get("SubnetIds", []),
            "tags_all": tag_map(endpoint.get("Tags")),
            "vpc_endpoint_type": endpoint["VpcEndpointType"],
            "vpc_id": endpoint["VpcId"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        def moved(name: str, prefix: str) -> dict[str, list[str]]:
            before, after = {*(old[name] or [])}, {*(new[name] or [])}
            added, removed = sorted(after - before), sorted(before - after)
            return given(**{f"Add{prefix}": added or None, f"Remove{prefix}": removed or None})

        arguments: dict[str, Any] = {
            **moved("subnet_ids", "SubnetIds"),
            **moved("security_group_ids", "SecurityGroupIds"),
            **moved("route_table_ids", "RouteTableIds"),
        }
        if old["policy"] != new["policy"]:
            arguments |= {"PolicyDocument": new["policy"]} if new["policy"] else {"ResetPolicy": True}
        if old["private_dns_enabled"] != new["private_dns_enabled"]:
            arguments["PrivateDnsEnabled"] = new["private_dns_enabled"]
        if arguments:
            self.api.modify_vpc_endpoint(VpcEndpointId=identifier, **arguments)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_vpc_endpoints(VpcEndpointIds=[identifier])
