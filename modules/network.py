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
        endpoint = self._build_endpoint_group()
        self._admit_vpc(endpoint, vpc)
        self.endpoint_security_group_id: str = endpoint.id
        if self.lambda_subnet_ids:
            functions = self._build_lambda_group()
            self._admit_functions(endpoint, functions)
            self.lambda_security_group_id: str = functions.id

    def _subnets_of(self, vpc_id: str) -> list[str]:
        mine = aws.DataAwsSubnetsFilter(name="vpc-id", values=[vpc_id])
        subnets: list[str] = aws.DataAwsSubnets(self, "main_subnets", filter=[mine]).ids
        return subnets

    def _build_endpoint_group(self) -> aws.SecurityGroup:
        return aws.SecurityGroup(
            self,
            "callback_endpoint",
            name=self._environment.named("toq-media-callback-endpoint"),
            description="HTTPS from the VPC to the callback API",
            vpc_id=self.vpc_id,
        )

    def _admit_vpc(self, endpoint: aws.SecurityGroup, vpc: aws.DataAwsVpc) -> None:
        """HTTPS from every address block of the VPC: it may have more than the one it was made with."""
        blocks = f'for each in {vpc.fqn}.cidr_block_associations : each.cidr_block if each.state == "associated"'
        rule = self._build_ingress(endpoint, "callback_endpoint_https", "HTTPS from the VPC", cidr_ipv4="${each.value}")
        rule.add_override("for_each", f"${{toset([{blocks}])}}")

    def _admit_functions(self, endpoint: aws.SecurityGroup, functions: aws.SecurityGroup) -> None:
        """Functions may stand in subnets whose addresses this VPC does not list, e.g. shared or peered ones."""
        self._build_ingress(
            endpoint,
            "callback_endpoint_https_functions",
            "HTTPS from the media functions",
            referenced_security_group_id=functions.id,
        )

    def _build_ingress(
        self, group: aws.SecurityGroup, name: str, description: str, **source: str
    ) -> aws.VpcSecurityGroupIngressRule:
        return aws.VpcSecurityGroupIngressRule(
            self,
            name,
            security_group_id=group.id,
            description=description,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            **source,
        )

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
