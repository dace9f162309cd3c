"""The Lambda functions of `modules.functions`, their layer, roles and log groups (requirements, 1.5 and 1.8)."""

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from handlers.contract import names
from modules import aws
from modules.artifacts import function_archive, hash_of, layer_archive
from modules.foundation import Foundation
from modules.function_record import FunctionRecord, Invoker
from modules.functions import RECORDS, invoked_by
from modules.network import Network
from modules.policy import Statement, allow, trust
from modules.resource_names import FUNCTION_LOGS, function_role
from modules.retention import log_group
from modules.roles import role_with_policy


class Functions(Construct):
    """Functions ``listing-media-*`` with one layer, one role and one log group each.

    Parameters
    ----------
    callback_url
        Where callbacks go: the backend, or the private API in front of it.

    Attributes
    ----------
    built, arns
        Each function, and its ARN, by its folder under ``handlers/``.
    """

    def __init__(self, scope: Construct, foundation: Foundation, network: Network | None, callback_url: str) -> None:
        super().__init__(scope, "functions")
        self._foundation = foundation
        self._environment = foundation.environment
        self._network = network
        self._callback_url = callback_url
        self._layer = self._build_layer()
        self.built = {package: self._build_function(record) for package, record in RECORDS.items()}
        self.arns: dict[str, str] = {package: function.arn for package, function in self.built.items()}
        messaging = foundation.messaging
        for record in invoked_by(Invoker.QUEUE):
            self._build_mapping(record, "queue", messaging.queue.arn)
        for record in invoked_by(Invoker.EVENTS):
            self._build_mapping(record, "events", messaging.event_queue.arn)

    def _build_layer(self) -> aws.LambdaLayerVersion:
        archive = layer_archive(self._environment)
        return aws.LambdaLayerVersion(
            self,
            "dependencies",
            layer_name=self._environment.named("listing-media-dependencies"),
            description="What the media functions import beside the runtime",
            filename=archive,
            source_code_hash=hash_of(archive),
            compatible_runtimes=["python3.12"],
            compatible_architectures=[self._environment.architecture],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _build_function(self, record: FunctionRecord) -> aws.LambdaFunction:
        environment = self._environment
        name, size = environment.named(record.name), environment.functions[record.package]
        key_arn = self._foundation.encryption.key_arn
        logs = log_group(self, f"{record.package}_logs", f"{FUNCTION_LOGS}{name}", environment, key_arn)
        role, policy = role_with_policy(
            self,
            f"{record.package}_role",
            [*record.statements(self._foundation), *self._shared_statements(logs)],
            name=environment.named(function_role(record.package)),
            description=f"Rights of {name}",
            assume_role_policy=trust("lambda.amazonaws.com"),
        )
        archive = function_archive(record.name)
        return aws.LambdaFunction(
            self,
            record.package,
            function_name=name,
            description=record.description,
            role=role.arn,
            handler=record.handler,
            runtime="python3.12",
            architectures=[environment.architecture],
            filename=archive,
            source_code_hash=hash_of(archive),
            layers=[self._layer.arn],
            memory_size=size.memory_mb,
            timeout=size.timeout_seconds,
            reserved_concurrent_executions=size.reserved_concurrency,
            environment=aws.LambdaFunctionEnvironment(variables=self._variables(record)),
            logging_config=aws.LambdaFunctionLoggingConfig(log_format="Text", log_group=logs.name),
            tracing_config=aws.LambdaFunctionTracingConfig(mode="Active"),
            vpc_config=self._vpc_config(),
            depends_on=[policy],  # the queue's mapping is refused while the role cannot read the queue
        )

    def _variables(self, record: FunctionRecord) -> dict[str, str]:
        """The four that the requirements ask for, the function's own timeout, and what only this function needs."""
        return {
            names.ENV: self._environment.name,
            names.MEDIA_BUCKET: self._foundation.storage.media_bucket,
            names.CALLBACK_URL: self._callback_url,
            names.TRACE_HEADER_KEY: self._environment.trace_header_key,
            names.FUNCTION_SECONDS: str(self._environment.functions[record.package].timeout_seconds),
            # In the user agent of every AWS call, so that CloudTrail tells the functions apart.
            "AWS_SDK_UA_APP_ID": record.name,
            **record.variables(self._foundation),
        }

    def _shared_statements(self, logs: aws.CloudwatchLogGroup) -> list[Statement]:
        statements = [
            allow("WriteOwnLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs.arn}:*"]),
            # X-Ray knows no resources (Service Authorization Reference "AWS X-Ray").
            allow("WriteTraces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
        ]
        if self._network and self._network.lambda_subnet_ids:
            statements.append(
                # AWS "Giving Lambda functions access to resources in an Amazon VPC"; no resource is known beforehand.
                allow(
                    "JoinVpc",
                    [
                        "ec2:AssignPrivateIpAddresses",
                        "ec2:CreateNetworkInterface",
                        "ec2:DeleteNetworkInterface",
                        "ec2:DescribeNetworkInterfaces",
                        "ec2:DescribeSubnets",
                        "ec2:UnassignPrivateIpAddresses",
                    ],
                    ["*"],
                )
            )
        return statements

    def _vpc_config(self) -> aws.LambdaFunctionVpcConfig | None:
        if self._network is None or not self._network.lambda_subnet_ids:
            return None
        return aws.LambdaFunctionVpcConfig(
            subnet_ids=self._network.lambda_subnet_ids, security_group_ids=[self._network.lambda_security_group_id]
        )

    def _build_mapping(self, record: FunctionRecord, source: str, queue_arn: str) -> None:
        package = record.package
        concurrency = self._environment.functions[package].reserved_concurrency
        aws.LambdaEventSourceMapping(
            self,
            f"{package}_from_{source}",
            event_source_arn=queue_arn,
            function_name=self.arns[package],
            batch_size=record.messages_at_once,
            function_response_types=["ReportBatchItemFailures"],
            # Pollers beyond the reserved concurrency would only be throttled and use up receives.
            scaling_config=concurrency and aws.LambdaEventSourceMappingScalingConfig(maximum_concurrency=concurrency),
        )
