"""The private REST API and its only way in: a VPC endpoint (requirements, 1.7)."""

from typing import Final

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules import aws
from modules.environments.environment import Environment
from modules.network import Network
from modules.resource_names import CALLBACK_API

STAGE: Final = "v1"
REDELIVERY_PATH: Final = "media-processing/callback"
BACKEND_PATH: Final = "internal/media-processing/callback"


class CallbackApi(Construct):
    """REST API ``toq-media-callback``, reachable through one execute-api VPC endpoint only.

    Attributes
    ----------
    id, root_id, execution_arn
        The API's id, the id of its root path, and the ARN that invocations are allowed on; for its routes.
    endpoint_id
        Id of the VPC endpoint.
    redelivery_url
        ``POST {batchId, listingId, attempt?}`` here sends that batch's callback again.
    backend_url
        Where callbacks reach a private backend through the VPC link.
    redelivery_arn
        What a role needs ``execute-api:Invoke`` on.
    """

    def __init__(self, scope: Construct, environment: Environment, network: Network) -> None:
        super().__init__(scope, "callback_api")
        self._environment = environment
        self.endpoint_id: str = self._build_endpoint(network).id
        api = aws.ApiGatewayRestApi(
            self,
            "callback",
            name=environment.named(CALLBACK_API),
            description="Callbacks of the media pipeline, inside the VPC",
            endpoint_configuration=aws.ApiGatewayRestApiEndpointConfiguration(
                types=["PRIVATE"], vpc_endpoint_ids=[self.endpoint_id]
            ),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.id: str = api.id
        self.root_id: str = api.root_resource_id
        self.execution_arn: str = api.execution_arn
        self.redelivery_arn = f"{self.execution_arn}/{STAGE}/POST/{REDELIVERY_PATH}"
        base = f"https://{self.id}-{self.endpoint_id}.execute-api.{environment.region}.amazonaws.com/{STAGE}"
        self.redelivery_url = f"{base}/{REDELIVERY_PATH}"
        self.backend_url = f"{base}/{BACKEND_PATH}"

    def _build_endpoint(self, network: Network) -> aws.VpcEndpoint:
        return aws.VpcEndpoint(
            self,
            "callback_vpc_endpoint",
            vpc_id=network.vpc_id,
            service_name=f"com.amazonaws.{self._environment.region}.execute-api",
            vpc_endpoint_type="Interface",
            subnet_ids=network.endpoint_subnet_ids,
            security_group_ids=[network.endpoint_security_group_id],
            # Private DNS would take over every API Gateway address of the VPC, other teams' too.
            private_dns_enabled=False,
        )
