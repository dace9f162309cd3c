"""The VPC as configured, and the security groups of what stands in it."""

from constructs import Construct

from modules import aws
from modules.environments.environment import Environment
from modules.environments.environment import Network as NetworkSettings


class Network(Construct):
    """VPC, subnets and security groups, looked up or as configured.

    Attributes
    ----------
    vpc_id, endpoint_subnet_ids, lambda_subnet_ids
        As configured; of the default VPC when that is asked for.
    endpoint_security_group_id, lambda_security_group_id
        Ids of the security groups of the API's endpoint and of the functions.
    """

    def __init__(self, scope: Construct, environment: Environment, settings: NetworkSettings) -> None:
        super().__init__(scope, "network")
        self._environment = environment
        default = settings.vpc_id == "default"
        vpc = aws.DataAwsVpc(self, "main", default=default or None, id=None if default else settings.vpc_id)
        self.vpc_id: str = vpc.id
        self.endpoint_subnet_ids = self._subnets_of(vpc.id) if default else list(settings.endpoint_subnet_ids)
        self.lambda_subnet_ids = list(settings.lambda_subnet_ids)
        self.endpoint_security_group_id: str = self._build_endpoint_group(vpc).id
        if self.lambda_subnet_ids:
            self.lambda_security_group_id: str = self._build_lambda_group().id

    def _subnets_of(self, vpc_id: str) -> list[str]:
        mine = aws.DataAwsSubnetsFilter(name="vpc-id", values=[vpc_id])
        subnets: list[str] = aws.DataAwsSubnets(self, "main_subnets", filter=[mine]).ids
        return subnets

    def _build_endpoint_group(self, vpc: aws.DataAwsVpc) -> aws.SecurityGroup:
        group = aws.SecurityGroup(
            self,
            "callback_endpoint",
            name=self._environment.named("toq-media-callback-endpoint"),
            description="HTTPS from the VPC to the callback API",
            vpc_id=self.vpc_id,
        )
        aws.VpcSecurityGroupIngressRule(
            self,
            "callback_endpoint_https",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=vpc.cidr_block,
        )
        return group

    def _build_lambda_group(self) -> aws.SecurityGroup:
        group = aws.SecurityGroup(
            self,
            "functions",
            name=self._environment.named("listing-media-functions"),
            description="HTTPS from the media functions to AWS and the backend",
            vpc_id=self.vpc_id,
        )
        aws.VpcSecurityGroupEgressRule(
            self,
            "functions_https",
            security_group_id=group.id,
            description="HTTPS to AWS APIs and the backend",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
        )
        return group
