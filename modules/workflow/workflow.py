"""The state machine with its role and logs (requirements, 1.4 and 1.9)."""

import json

from constructs import Construct

from handlers.contract.keys import Stage
from modules import aws
from modules.encryption import WRITE, Encryption
from modules.environments.environment import Environment
from modules.lambdas import Functions
from modules.lifecycle import protected
from modules.messaging import Messaging
from modules.policy import Statement, allow, document, trust
from modules.resource_names import STATE_MACHINE, STATE_MACHINE_LOGS
from modules.storage import Storage
from modules.transcoding import Transcoding
from modules.workflow import state_machine
from modules.workflow.asl import Resources

# Made by Step Functions itself, to learn when a job ends (AWS Step Functions "Create an AWS Elemental MediaConvert job
# with Step Functions", which also gives the statements below).
_MANAGED_RULE = "StepFunctionsGetEventsForMediaConvertJobRule"


class Workflow(Construct):
    """State machine ``listing-media-processing-sm``.

    Attributes
    ----------
    arn
        Of the state machine.
    resources
        What its definition calls.
    """

    def __init__(  # noqa: PLR0913 - one parameter per construct that feeds it
        self,
        scope: Construct,
        environment: Environment,
        *,
        encryption: Encryption,
        storage: Storage,
        messaging: Messaging,
        functions: Functions,
        transcoding: Transcoding,
    ) -> None:
        super().__init__(scope, "workflow")
        self._environment = environment
        self._encryption = encryption
        self._storage = storage
        self._messaging = messaging
        self._functions = functions
        self._transcoding = transcoding
        self.resources = Resources(
            functions=functions.arns,
            sizes=environment.functions,
            media_bucket=storage.media_bucket,
            dead_letter_queue_url=messaging.dead_letter_queue.url,
            job_template=transcoding.template,
            job_queue_arn=transcoding.queue_arn,
            job_role_arn=transcoding.role_arn,
        )
        self.arn: str = self._build_machine().arn

    def _build_machine(self) -> aws.SfnStateMachine:
        logs = self._build_logs()
        role = self._build_role()
        policy = aws.IamRolePolicy(
            self, "state_machine_policy", name="own-calls", role=role.name, policy=document(*self._statements())
        )
        return aws.SfnStateMachine(
            self,
            "media",
            name=self._environment.named(STATE_MACHINE),
            type="STANDARD",
            role_arn=role.arn,
            definition=json.dumps(state_machine.definition(self.resources)),
            # Every event, without the data: titles of assets belong in no log, and S3 has the data of each step.
            logging_configuration=aws.SfnStateMachineLoggingConfiguration(
                level="ALL", include_execution_data=False, log_destination=f"{logs.arn}:*"
            ),
            tracing_configuration=aws.SfnStateMachineTracingConfiguration(enabled=True),
            # CreateStateMachine checks the role's right to deliver logs; the template must be there for jobs.
            depends_on=[policy, self._transcoding.stack],
        )

    def _build_logs(self) -> aws.CloudwatchLogGroup:
        return aws.CloudwatchLogGroup(
            self,
            "state_machine_logs",
            name=self._environment.named(STATE_MACHINE_LOGS),
            retention_in_days=self._environment.log_retention_days,
            kms_key_id=self._encryption.key_arn,
            lifecycle=protected(self._environment),
        )

    def _build_role(self) -> aws.IamRole:
        return aws.IamRole(
            self,
            "state_machine_role",
            name=self._environment.named("toq-media-processing-states"),
            description=f"Rights of {STATE_MACHINE}",
            assume_role_policy=trust("states.amazonaws.com", account_id=self._environment.account_id),
        )

    def _statements(self) -> list[Statement]:
        videos = self._storage.objects(f"*/{Stage.PROCESSED}/manifest/*/videos/*")
        return [
            allow(
                "InvokeOwnFunctions", ["lambda:InvokeFunction"], [self._functions.arns[f] for f in state_machine.CALLED]
            ),
            allow("ReadJobRequests", ["s3:GetObject"], videos),
            allow("RecordJobResults", ["s3:PutObject"], videos),
            *self._transcoding_statements(),
            allow("LeaveRefusedCallbacks", ["sqs:SendMessage"], [self._messaging.dead_letter_queue.arn]),
            self._encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
            self._encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
            *_OBSERVATION,
        ]

    def _transcoding_statements(self) -> list[Statement]:
        environment = self._environment
        return [
            allow(
                "CreateJobs",
                ["mediaconvert:CreateJob"],
                [
                    self._transcoding.queue_arn,
                    environment.arn("mediaconvert", f"jobTemplates/{self._transcoding.template}"),
                ],
            ),
            allow(
                "FollowOwnJobs",
                ["mediaconvert:CancelJob", "mediaconvert:GetJob"],
                [environment.arn("mediaconvert", "jobs/*")],
                conditions={"StringEquals": {"aws:ResourceTag/ManagedByService": "AWSStepFunctions"}},
            ),
            allow(
                "HearOfJobs",
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [environment.arn("events", f"rule/{_MANAGED_RULE}")],
            ),
            allow(
                "PassRoleToMediaConvert",
                ["iam:PassRole"],
                [self._transcoding.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}},
            ),
        ]


_OBSERVATION = (
    # AWS Step Functions "Using CloudWatch Logs to log execution history": these know no resources.
    allow(
        "DeliverLogs",
        [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        ["*"],
    ),
    allow(
        "WriteTraces",
        [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
        ["*"],
    ),
)
