"""What each Lambda function may do: its own calls and nothing else, as read off its handler."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.contract.keys import Stage
from handlers.contract.names import Function
from modules.encryption import READ, WRITE, Encryption
from modules.environments.environment import Environment
from modules.messaging import Messaging
from modules.policy import Statement, allow
from modules.resource_names import STATE_MACHINE
from modules.storage import Storage

_MANIFESTS = f"*/{Stage.PROCESSED}/manifest/*"
_IMAGES = [f"*/{stage}/{kind}/*" for stage in (Stage.PROCESSED, Stage.THUMB) for kind in ("photo", "project")]


@dataclass(frozen=True, slots=True)
class FunctionPolicies:
    """The statements of every function's role, beside those that all share.

    Parameters
    ----------
    callback_secret_arn
        Of the secret that signs callbacks.
    """

    environment: Environment
    encryption: Encryption
    storage: Storage
    messaging: Messaging
    callback_secret_arn: str

    def of(self, function: Function) -> list[Statement]:
        """Statements of one function's role, in the order of its work."""
        table: dict[Function, Callable[[], list[Statement]]] = {
            Function.START: self._start,
            Function.VALIDATE: self._validate,
            Function.THUMBNAILS: self._thumbnails,
            Function.ZIP: self._zip,
            Function.FINALIZE: self._finalize,
            Function.CALLBACK_DISPATCH: self._callback_dispatch,
            Function.RECONCILE: self._reconcile,
        }
        return table[function]()

    def _start(self) -> list[Statement]:
        return [
            # AWS managed policy AWSLambdaSQSQueueExecutionRole.
            allow(
                "TakeBatches",
                ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                [self.messaging.queue.arn],
            ),
            allow("RefuseMalformedBatches", ["sqs:SendMessage"], [self.messaging.dead_letter_queue.arn]),
            self._read("ReadLargeBatchLists", f"*/{Stage.RAW}/*"),
            self._tell_missing_from_forbidden(),
            self._write("WriteBatchInput", _MANIFESTS),
            allow("StartExecutions", ["states:StartExecution"], [self._state_machine()]),
            self.encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _validate(self) -> list[Statement]:
        return [
            self._read("ReadRawMedia", f"*/{Stage.RAW}/*", versions=True),
            self._read("ReadBatchInput", _MANIFESTS),
            self._write("WriteVerdicts", _MANIFESTS),
            self._tell_missing_from_forbidden(),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _thumbnails(self) -> list[Statement]:
        return [
            # The validated version and no other, whatever is uploaded over it.
            allow("ReadValidatedMedia", ["s3:GetObjectVersion"], self.storage.stage(Stage.RAW)),
            self._read("ReadVerdicts", _MANIFESTS),
            self._write("WriteImages", *_IMAGES),
            self._write("WriteResults", _MANIFESTS),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _zip(self) -> list[Statement]:
        return [
            self._read("ReadProcessedMedia", f"*/{Stage.PROCESSED}/*"),
            self._read("RecogniseOwnBundle", f"*/{Stage.ZIP}/*"),
            allow("WriteBundles", ["s3:AbortMultipartUpload", "s3:PutObject"], self.storage.stage(Stage.ZIP)),
            self._write("WriteBundleList", _MANIFESTS),
            self._tell_missing_from_forbidden(),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _finalize(self) -> list[Statement]:
        return [
            self._read("ReadResults", f"*/{Stage.PROCESSED}/*"),
            self._write("WriteResult", _MANIFESTS),
            self._tell_missing_from_forbidden(),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _callback_dispatch(self) -> list[Statement]:
        return [
            allow("ReadSigningSecret", ["secretsmanager:GetSecretValue"], [self.callback_secret_arn]),
            self._read("ReadResult", _MANIFESTS),
            self._write("WriteReceipt", _MANIFESTS),
            self._tell_missing_from_forbidden(),
            self.encryption.use_through("secretsmanager", READ, "UseKeyThroughSecretsManager"),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _reconcile(self) -> list[Statement]:
        executions = self.environment.arn("states", f"execution:{self.environment.named(STATE_MACHINE)}:*")
        callback = self.environment.arn("lambda", f"function:{self.environment.named(Function.CALLBACK_DISPATCH)}")
        return [
            self._read("ReadResults", f"*/{Stage.PROCESSED}/*"),
            self._write("WriteResult", _MANIFESTS),
            self._tell_missing_from_forbidden(),
            allow("AskWhetherExecutionRuns", ["states:DescribeExecution"], [executions]),
            allow("SendCallbacks", ["lambda:InvokeFunction"], [callback]),
            allow("LeaveUnprocessedEvents", ["sqs:SendMessage"], [self.messaging.event_dead_letter_queue.arn]),
            self.encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
            self.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
        ]

    def _state_machine(self) -> str:
        # By name: the state machine itself needs the functions' ARNs.
        return self.environment.arn("states", f"stateMachine:{self.environment.named(STATE_MACHINE)}")

    def _read(self, sid: str, *patterns: str, versions: bool = False) -> Statement:
        actions = ["s3:GetObject", "s3:GetObjectVersion"] if versions else ["s3:GetObject"]
        return allow(sid, actions, self.storage.objects(*patterns))

    def _write(self, sid: str, *patterns: str) -> Statement:
        return allow(sid, ["s3:PutObject"], self.storage.objects(*patterns))

    def _tell_missing_from_forbidden(self) -> Statement:
        """Without ListBucket S3 answers 403 for an object that is not there (Amazon S3 API "GetObject")."""
        return allow("TellMissingFromForbidden", ["s3:ListBucket"], [self.storage.media_arn])
