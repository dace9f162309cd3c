"""The state machine with its role and logs (requirements, 1.4 and 1.9)."""

import json

from constructs import Construct

from handlers.contract.keys import Stage
from modules import aws
from modules.foundation import Foundation
from modules.function_record import Invoker
from modules.functions import invoked_by
from modules.lambdas import Functions
from modules.policy import WRITE, Statement, allow, trust
from modules.resource_names import STATE_MACHINE, STATE_MACHINE_LOGS
from modules.retention import log_group
from modules.roles import role_with_policy
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
        ARN of the state machine.
    functions, transcoding
        What it calls.
    """

    def __init__(
        self, scope: Construct, foundation: Foundation, functions: Functions, transcoding: Transcoding
    ) -> None:
        super().__init__(scope, "workflow")
        self._environment = foundation.environment
        self._encryption = foundation.encryption
        self._storage = foundation.storage
        self._messaging = foundation.messaging
        self.functions = functions
        self.transcoding = transcoding
        self._resources = Resources(
            functions=functions.arns,
            sizes=self._environment.functions,
            media_bucket=self._storage.media_bucket,
            dead_letter_queue_url=self._messaging.dead_letter_queue.url,
            job_template=transcoding.template,
            job_queue_arn=transcoding.queue_arn,
            job_role_arn=transcoding.role_arn,
        )
        self.arn: str = self._build_machine().arn

    def _build_machine(self) -> aws.SfnStateMachine:
        logs = log_group(
            self,
            "state_machine_logs",
            self._environment.named(STATE_MACHINE_LOGS),
            self._environment,
            self._encryption.key_arn,
        )
        role, policy = role_with_policy(
            self,
            "state_machine_role",
            self._statements(),
            name=self._environment.named("toq-media-processing-states"),
            description=f"Rights of {STATE_MACHINE}",
            assume_role_policy=trust("states.amazonaws.com", account_id=self._environment.account_id),
        )
        return aws.SfnStateMachine(
            self,
            "media",
            name=self._environment.named(STATE_MACHINE),
            type="STANDARD",
            role_arn=role.arn,
            definition=json.dumps(state_machine.definition(self._resources)),
            # Every event, without the data: titles of assets belong in no log, and S3 has the data of each step.
            logging_configuration=aws.SfnStateMachineLoggingConfiguration(
                level="ALL", include_execution_data=False, log_destination=f"{logs.arn}:*"
            ),
            tracing_configuration=aws.SfnStateMachineTracingConfiguration(enabled=True),
            # CreateStateMachine checks the role's right to deliver logs; the template must be there for jobs.
            depends_on=[policy, self.transcoding.stack],
        )

    def _statements(self) -> list[Statement]:
        called = [self.functions.arns[record.package] for record in invoked_by(Invoker.STATE_MACHINE)]
        videos = f"*/{Stage.PROCESSED}/manifest/*/videos/*"
        return [
            allow("InvokeOwnFunctions", ["lambda:InvokeFunction"], called),
            self._storage.allow_reading("ReadJobRequests", videos),
            self._storage.allow_writing("RecordJobResults", videos),
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
                    self.transcoding.queue_arn,
                    environment.arn("mediaconvert", f"jobTemplates/{self.transcoding.template}"),
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
                [self.transcoding.role_arn],
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
