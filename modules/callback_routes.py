"""What the private REST API answers, to whom, and how it is watched (requirements, 1.7)."""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from cdktf import (
    DefaultTokenResolver,
    StringConcat,
    TerraformResource,
    TerraformResourceLifecycle,
    Tokenization,
)
from constructs import Construct

from handlers.contract.ids import ID_SCHEMAS
from modules import aws
from modules.callback_api import BACKEND_PATH, REDELIVERY_PATH, STAGE, CallbackApi
from modules.foundation import Foundation
from modules.function_record import Invoker
from modules.functions import invoked_by
from modules.lambdas import Functions
from modules.policy import Statement, allow, deny, document, trust
from modules.resource_names import CALLBACK_API_LOGS
from modules.retention import log_group

_ID: Final = {"oneOf": ID_SCHEMAS}
_REQUEST: Final = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "CallbackRequest",
    "type": "object",
    "required": ["batchId", "listingId"],
    "properties": {"batchId": _ID, "listingId": _ID, "attempt": {"type": "integer", "minimum": 0}},
    "additionalProperties": False,
}
_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "vpce": "$context.identity.vpceId",
    "method": "$context.httpMethod",
    "path": "$context.resourcePath",
    "status": "$context.status",
    "integrationStatus": "$context.integration.status",
    "error": "$context.error.message",
    "latency": "$context.responseLatency",
}


class CallbackRoutes(Construct):
    """Routes, policy, stage and logs of a `CallbackApi`.

    Apart from it because the functions need the API's address before the API can name a function.

    Parameters
    ----------
    backend_url
        Address of the backend. Where it is private, the second route leads there through its load balancer, and the
        address's host is what the backend's certificate is checked for.
    """

    def __init__(
        self, scope: Construct, foundation: Foundation, *, api: CallbackApi, functions: Functions, backend_url: str
    ) -> None:
        super().__init__(scope, "callback_routes")
        self._environment = foundation.environment
        self._key_arn = foundation.encryption.key_arn
        self._api = api
        backend_nlb_arn = self._environment.private_backend
        parts: list[TerraformResource] = [self._build_policy(to_backend=backend_nlb_arn is not None)]
        parts += self._build_redelivery_route(functions)
        if backend_nlb_arn:
            parts += self._build_backend_route(backend_nlb_arn, backend_url)
        self._build_stage(parts)

    def _build_policy(self, *, to_backend: bool) -> aws.ApiGatewayRestApiPolicy:
        through_endpoint = {"StringEquals": {"aws:SourceVpce": self._api.endpoint_id}}
        statements: list[Statement] = [
            # Within the account a role's own policy is enough for a signed request, so that an Allow alone would leave
            # the other endpoints open (Amazon API Gateway "How API Gateway resource policies affect authorization
            # workflow").
            deny(
                "RefuseOtherEndpoints",
                ["execute-api:Invoke"],
                [f"{self._api.execution_arn}/*"],
                conditions={"StringNotEquals": {"aws:SourceVpce": self._api.endpoint_id}},
            ),
            # The account stands for those whom IAM allows it: backend and admin, with signed requests.
            allow(
                "AccountAsksForCallbackRedelivery",
                ["execute-api:Invoke"],
                [self._api.redelivery_arn],
                principals={"AWS": self._environment.account_root},
                conditions=through_endpoint,
            ),
        ]
        if to_backend:
            statements.append(
                # Callbacks carry their own signature (X-Toq-Signature), which the backend checks.
                allow(
                    "PipelineReachesBackend",
                    ["execute-api:Invoke"],
                    [f"{self._api.execution_arn}/{STAGE}/POST/{BACKEND_PATH}"],
                    principals="*",
                    conditions=through_endpoint,
                )
            )
        return aws.ApiGatewayRestApiPolicy(
            self, "callback_policy", rest_api_id=self._api.id, policy=document(*statements)
        )

    def _build_redelivery_route(self, functions: Functions) -> list[TerraformResource]:
        validator = aws.ApiGatewayRequestValidator(
            self, "callback_validator", rest_api_id=self._api.id, name="body", validate_request_body=True
        )
        model = aws.ApiGatewayModel(
            self,
            "callback_model",
            rest_api_id=self._api.id,
            name="CallbackRequest",
            content_type="application/json",
            schema=json.dumps(_REQUEST),
        )
        [record] = invoked_by(Invoker.API)
        function = functions.built[record.package]
        method = aws.ApiGatewayMethod(
            self,
            "callback_redelivery",
            rest_api_id=self._api.id,
            resource_id=self._build_path("callback_redelivery", REDELIVERY_PATH),
            http_method="POST",
            authorization="AWS_IAM",
            request_models={"application/json": model.name},
            request_validator_id=validator.id,
        )
        integration = aws.ApiGatewayIntegration(
            self,
            "callback_redelivery_function",
            rest_api_id=self._api.id,
            resource_id=method.resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=function.invoke_arn,
        )
        aws.LambdaPermission(
            self,
            "callback_redelivery_permission",
            statement_id="callback-api",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=self._api.redelivery_arn,
        )
        return [model, method, integration]

    def _build_backend_route(self, nlb_arn: str, url: str) -> list[TerraformResource]:
        link = aws.ApiGatewayVpcLink(
            self,
            "backend",
            name=self._environment.named("toq-media-backend"),
            description="From the callback API to the private backend",
            target_arns=[nlb_arn],
        )
        validator = aws.ApiGatewayRequestValidator(
            self, "backend_validator", rest_api_id=self._api.id, name="headers", validate_request_parameters=True
        )
        method = aws.ApiGatewayMethod(
            self,
            "backend_callback",
            rest_api_id=self._api.id,
            resource_id=self._build_path("backend_callback", BACKEND_PATH),
            http_method="POST",
            authorization="NONE",
            # What is not even signed does not reach the backend, which checks the signature itself.
            request_parameters={"method.request.header.X-Toq-Signature": True},
            request_validator_id=validator.id,
        )
        integration = aws.ApiGatewayIntegration(
            self,
            "backend_callback_link",
            rest_api_id=self._api.id,
            resource_id=method.resource_id,
            http_method=method.http_method,
            type="HTTP_PROXY",
            integration_http_method="POST",
            connection_type="VPC_LINK",
            connection_id=link.id,
            uri=url,
        )
        return [method, integration]

    def _build_path(self, name: str, path: str) -> str:
        parent = self._api.root_id
        for depth, part in enumerate(path.split("/"), start=1):
            parent = aws.ApiGatewayResource(
                self, f"{name}_path_{depth}", rest_api_id=self._api.id, parent_id=parent, path_part=part
            ).id
        return parent

    def _build_stage(self, parts: list[TerraformResource]) -> None:
        deployment = aws.ApiGatewayDeployment(
            self,
            "callback",
            rest_api_id=self._api.id,
            # A deployment is a snapshot: it is made anew whenever the configuration of a part changes. The resources
            # themselves would not do: what AWS fills in is read back later, and each deployment would make another.
            triggers={"parts": configuration_digest(self, parts)},
            depends_on=parts,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        logs = self._build_log_group("callback_api_access_logs", self._environment.named(CALLBACK_API_LOGS))
        # API Gateway makes this group by itself on the first error, unencrypted and for ever: it has to be there first.
        errors = self._build_log_group("callback_api_error_logs", f"API-Gateway-Execution-Logs_{self._api.id}/{STAGE}")
        stage = aws.ApiGatewayStage(
            self,
            "callback_stage",
            rest_api_id=self._api.id,
            deployment_id=deployment.id,
            stage_name=STAGE,
            xray_tracing_enabled=True,
            access_log_settings=aws.ApiGatewayStageAccessLogSettings(
                destination_arn=logs.arn, format=json.dumps(_ACCESS_LOG)
            ),
            depends_on=[errors, *self._build_account_logging()],
        )
        aws.ApiGatewayMethodSettings(
            self,
            "callback_settings",
            rest_api_id=self._api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.ApiGatewayMethodSettingsSettings(
                throttling_rate_limit=10,
                throttling_burst_limit=20,
                metrics_enabled=True,
                logging_level="ERROR",
                data_trace_enabled=False,
            ),
        )

    def _build_log_group(self, construct_id: str, name: str) -> aws.CloudwatchLogGroup:
        return log_group(self, construct_id, name, self._environment, self._key_arn)

    def _build_account_logging(self) -> list[TerraformResource]:
        """API Gateway logs with one role per account and region; another stack may be its owner."""
        network = self._environment.network
        if network is None or not network.api_gateway_logging_role:
            return []
        role = aws.IamRole(
            self,
            "api_gateway_logs",
            name=self._environment.named("toq-media-api-gateway-logs"),
            description="API Gateway writes its logs, of every API of the account and region",
            assume_role_policy=trust("apigateway.amazonaws.com"),
        )
        attachment = aws.IamRolePolicyAttachment(
            self,
            "api_gateway_logs_policy",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        )
        account = aws.ApiGatewayAccount(self, "this_region", cloudwatch_role_arn=role.arn, depends_on=[attachment])
        return [account]


def configuration_digest(scope: Construct, elements: Sequence[TerraformResource]) -> str:
    """SHA-256 of what is configured for some elements, references to others by their Terraform addresses."""
    resolver = DefaultTokenResolver(StringConcat())
    configured = [
        Tokenization.resolve(element.to_terraform(), preparing=False, scope=scope, resolver=resolver)["resource"]
        for element in elements
    ]
    return hashlib.sha256(json.dumps(configured, sort_keys=True).encode()).hexdigest()
