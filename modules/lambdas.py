"""The seven Lambda functions, their layer, roles and log groups (requirements, 1.5 and 1.8)."""

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from handlers.contract import names
from handlers.contract.names import Function
from modules import aws
from modules.encryption import Encryption
from modules.environments.environment import Environment
from modules.function_policies import FunctionPolicies
from modules.lifecycle import protected
from modules.messaging import Messaging
from modules.network import Network
from modules.policy import Statement, allow, document, trust
from modules.resource_names import STATE_MACHINE, function_role
from modules.storage import Storage

# From cdktf.out/stacks/<stack>/, where Terraform runs, to what `python -m toolchain.artifacts` builds.
_ARTIFACTS = "${path.module}/../../../build/artifacts"


class Functions(Construct):
    """Functions ``listing-media-*`` with one layer, one role and one log group each.

    Parameters
    ----------
    callback_url
        Where callbacks go: the backend, or the private API in front of it.
    callback_secret_arn
        Of the secret that signs them.

    Attributes
    ----------
    arns
        ARN of each function.
    """

    def __init__(  # noqa: PLR0913 - one parameter per construct that feeds it
        self,
        scope: Construct,
        environment: Environment,
        *,
        encryption: Encryption,
        storage: Storage,
        messaging: Messaging,
        network: Network | None,
        callback_url: str,
        callback_secret_arn: str,
    ) -> None:
        super().__init__(scope, "functions")
        self._environment = environment
        self._key_arn = encryption.key_arn
        self._bucket = storage.media_bucket
        self._messaging = messaging
        self._network = network
        self._callback_url = callback_url
        self._secret_arn = callback_secret_arn
        self._policies = FunctionPolicies(environment, encryption, storage, messaging, callback_secret_arn)
        self._layer = self._build_layer()
        self._functions = {function: self._build_function(function) for function in Function}
        self.arns: dict[Function, str] = {function: built.arn for function, built in self._functions.items()}
        self._build_queue_mapping()
        self._build_event_handling()

    def built(self, function: Function) -> aws.LambdaFunction:
        """The function as a resource."""
        return self._functions[function]

    def name(self, function: Function) -> str:
        """A function's full name."""
        return self._environment.named(function)

    def _build_layer(self) -> aws.LambdaLayerVersion:
        archive = f"{_ARTIFACTS}/layer-{self._environment.architecture}.zip"
        return aws.LambdaLayerVersion(
            self,
            "dependencies",
            layer_name=self._environment.named("listing-media-dependencies"),
            description="What the media functions import beside the runtime",
            filename=archive,
            source_code_hash=_hash_of(archive),
            compatible_runtimes=["python3.12"],
            compatible_architectures=[self._environment.architecture],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _build_function(self, function: Function) -> aws.LambdaFunction:
        size = self._environment.functions[function]
        log_group = self._build_log_group(function)
        role = self._build_role(function)
        policy = self._build_policy(function, role, log_group)
        archive = f"{_ARTIFACTS}/{function}.zip"
        return aws.LambdaFunction(
            self,
            function.package,
            function_name=self.name(function),
            description=_DESCRIPTIONS[function],
            role=role.arn,
            handler=function.handler,
            runtime="python3.12",
            architectures=[self._environment.architecture],
            filename=archive,
            source_code_hash=_hash_of(archive),
            layers=[self._layer.arn],
            memory_size=size.memory_mb,
            timeout=size.timeout_seconds,
            reserved_concurrent_executions=size.reserved_concurrency,
            environment=aws.LambdaFunctionEnvironment(variables=self._variables(function)),
            logging_config=aws.LambdaFunctionLoggingConfig(log_format="Text", log_group=log_group.name),
            tracing_config=aws.LambdaFunctionTracingConfig(mode="Active"),
            dead_letter_config=self._dead_letters(function),
            vpc_config=self._vpc_config(),
            depends_on=[policy],  # the queue's mapping is refused while the role can not read the queue
        )

    def _variables(self, function: Function) -> dict[str, str]:
        """The four that the requirements ask for, and what only this function needs."""
        environment = self._environment
        own = {
            Function.START: {
                names.DEAD_LETTER_QUEUE_URL: self._messaging.dead_letter_queue.url,
                names.STATE_MACHINE_ARN: environment.arn("states", f"stateMachine:{environment.named(STATE_MACHINE)}"),
            },
            Function.VALIDATE: {variable: str(limit) for variable, limit in environment.limits.items()},
            Function.CALLBACK_DISPATCH: {names.CALLBACK_SECRET_ARN: self._secret_arn},
            Function.RECONCILE: {names.CALLBACK_FUNCTION_NAME: environment.named(Function.CALLBACK_DISPATCH)},
        }
        return {
            names.ENV: environment.name,
            names.MEDIA_BUCKET: self._bucket,
            names.CALLBACK_URL: self._callback_url,
            names.TRACE_HEADER_KEY: environment.trace_header_key,
            # In the user agent of every AWS call, so that CloudTrail tells the functions apart.
            "AWS_SDK_UA_APP_ID": str(function),
            **own.get(function, {}),
        }

    def _build_log_group(self, function: Function) -> aws.CloudwatchLogGroup:
        return aws.CloudwatchLogGroup(
            self,
            f"{function.package}_logs",
            name=f"/aws/lambda/{self.name(function)}",
            retention_in_days=self._environment.log_retention_days,
            kms_key_id=self._key_arn,
            lifecycle=protected(self._environment),
        )

    def _build_role(self, function: Function) -> aws.IamRole:
        return aws.IamRole(
            self,
            f"{function.package}_role",
            name=self._environment.named(function_role(function)),
            description=f"Rights of {self.name(function)}",
            assume_role_policy=trust("lambda.amazonaws.com"),
        )

    def _build_policy(
        self, function: Function, role: aws.IamRole, log_group: aws.CloudwatchLogGroup
    ) -> aws.IamRolePolicy:
        statements = [*self._policies.of(function), *self._shared_statements(log_group)]
        return aws.IamRolePolicy(
            self, f"{function.package}_policy", name="own-calls", role=role.name, policy=document(*statements)
        )

    def _shared_statements(self, log_group: aws.CloudwatchLogGroup) -> list[Statement]:
        statements = [
            allow("WriteOwnLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group.arn}:*"]),
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

    def _dead_letters(self, function: Function) -> aws.LambdaFunctionDeadLetterConfig | None:
        """Only reconcile is invoked asynchronously: the others' failures reach whoever called."""
        if function is not Function.RECONCILE:
            return None
        return aws.LambdaFunctionDeadLetterConfig(target_arn=self._messaging.event_dead_letter_queue.arn)

    def _vpc_config(self) -> aws.LambdaFunctionVpcConfig | None:
        if self._network is None or not self._network.lambda_subnet_ids:
            return None
        return aws.LambdaFunctionVpcConfig(
            subnet_ids=self._network.lambda_subnet_ids, security_group_ids=[self._network.lambda_security_group_id]
        )

    def _build_queue_mapping(self) -> None:
        start = self._environment.functions[Function.START]
        concurrency = start.reserved_concurrency
        aws.LambdaEventSourceMapping(
            self,
            "start_from_queue",
            event_source_arn=self._messaging.queue.arn,
            function_name=self._functions[Function.START].arn,
            batch_size=10,
            function_response_types=["ReportBatchItemFailures"],
            # Pollers beyond the reserved concurrency would only be throttled and use up receives.
            scaling_config=concurrency and aws.LambdaEventSourceMappingScalingConfig(maximum_concurrency=concurrency),
        )

    def _build_event_handling(self) -> None:
        aws.LambdaFunctionEventInvokeConfig(
            self,
            "reconcile_retries",
            function_name=self._functions[Function.RECONCILE].function_name,
            maximum_event_age_in_seconds=6 * 3600,
            maximum_retry_attempts=2,
        )


_DESCRIPTIONS = {
    Function.START: "Starts one execution per queued batch",
    Function.VALIDATE: "Checks every asset of a batch against S3",
    Function.THUMBNAILS: "Cleans photos and renders their variants; copies documents",
    Function.ZIP: "Bundles processed assets in S3",
    Function.FINALIZE: "Writes the batch's result",
    Function.CALLBACK_DISPATCH: "Sends a batch's result to the backend, signed",
    Function.RECONCILE: "Brings batches to their end that the state machine could not",
}


def _hash_of(archive: str) -> str:
    """Terraform's own hash of a file, so that what is emitted does not change with the code."""
    return f'${{filebase64sha256("{archive}")}}'
