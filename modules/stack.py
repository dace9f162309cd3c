"""The map: which construct feeds which."""

import json
from pathlib import Path

from cdktf import App, LocalBackend, S3Backend, TerraformElement, TerraformStack, TerraformVariable
from constructs import Construct, Node

from modules import aws
from modules.access import Access
from modules.callback_api import CallbackApi
from modules.callback_routes import CallbackRoutes
from modules.callback_secret import CallbackSecret
from modules.encryption import Encryption
from modules.environments.environment import HOST_NAME, Environment
from modules.events import Events
from modules.foundation import Foundation
from modules.lambdas import Functions
from modules.messaging import Messaging
from modules.network import Network
from modules.observability import Observability
from modules.outputs import Outputs
from modules.storage import Storage
from modules.transcoding import Transcoding
from modules.workflow import state_machine
from modules.workflow.workflow import Workflow


class MediaPipeline(TerraformStack):
    """Everything of one environment; stack ``toq-media-<env>``.

    An element's Terraform address is its type and its construct id, wherever it stands in the tree: reviewers read
    ``aws_s3_bucket.media``, and moving a construct to another file moves nothing in AWS.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.stack_name)
        self._environment = environment
        self._build_provider()
        self._build_state()
        foundation = self._build_foundation()
        network = Network(self, environment, environment.network) if environment.network else None
        api = CallbackApi(self, environment, network) if network else None
        backend_url = self._build_callback_url()
        callback_url = api.backend_url if api and environment.private_backend else backend_url
        functions = Functions(self, foundation, network, callback_url)
        transcoding = Transcoding(self, environment, foundation.storage, foundation.encryption)
        workflow = Workflow(self, foundation, functions, transcoding)
        access = Access(self, foundation, callback_api_arn=api.redelivery_arn if api else None)
        if api:
            CallbackRoutes(self, foundation, api=api, functions=functions, backend_url=backend_url)
        Events(self, foundation, workflow)
        Observability(self, foundation, workflow)
        Outputs(self, foundation, workflow, access, api.redelivery_url if api else None)

    def _build_foundation(self) -> Foundation:
        environment = self._environment
        encryption = Encryption(self, environment)
        return Foundation(
            environment=environment,
            encryption=encryption,
            storage=Storage(self, environment, encryption),
            messaging=Messaging(self, environment, encryption),
            callback_secret_arn=CallbackSecret(self, environment, encryption).arn,
        )

    def _allocate_logical_id(self, tf_element: TerraformElement | Node) -> str:
        """cdktf's own way to name elements, which adds a hash of the path, replaced by the plain construct id."""
        node = tf_element if isinstance(tf_element, Node) else tf_element.node
        return node.id

    def _build_provider(self) -> None:
        environment = self._environment
        tags = {"project": "toq-media-processing", "environment": environment.name, "managed-by": "terraform"}
        local = (
            {"s3_use_path_style": True, "skip_credentials_validation": True, "skip_metadata_api_check": "true"}
            if environment.local
            else {}
        )
        aws.AwsProvider(
            self,
            "aws",
            region=environment.region,
            allowed_account_ids=[environment.account_id],
            default_tags=[aws.AwsProviderDefaultTags(tags=tags)],
            **local,
        )

    def _build_state(self) -> None:
        # Import blocks, and lock files instead of a lock table: Terraform 1.10 and later.
        self.add_override("terraform.required_version", ">= 1.10, < 2.0")
        state = self._environment.state
        if state is None:
            LocalBackend(self, path="../../../build/platform/terraform.tfstate")
            return
        backend = S3Backend(
            self,
            bucket=state.bucket,
            key=state.key,
            region=state.region,
            encrypt=True,
            allowed_account_ids=[self._environment.account_id],
        )
        backend.add_override("use_lockfile", True)  # newer than cdktf's own list of settings

    def _build_callback_url(self) -> str:
        variable = TerraformVariable(
            self,
            "callback_url",
            type="string",
            description="Where the backend takes callbacks",
            default=self._environment.callback_url,
        )
        if not self._environment.local:
            variable.add_validation(
                condition=f'${{can(regex("^https://{HOST_NAME}(:443)?/[A-Za-z0-9_./~-]*$", var.callback_url))}}',
                error_message="callback_url must be https, of a named host, with no port but 443, no user, no query.",
            )
        return str(variable.string_value)


def synthesize(environments: list[Environment], directory: Path | None = None) -> list[Path]:
    """Write the Terraform of each environment and, beside it, the state machine for people to read.

    Parameters
    ----------
    directory
        ``cdktf.out`` when None, or what the cdktf CLI names in ``CDKTF_OUTDIR``.

    Returns
    -------
    list of Path
        The folders of the stacks.
    """
    app = App(outdir=str(directory)) if directory else App()
    for environment in environments:
        MediaPipeline(app, environment)
    app.synth()
    folders = []
    for environment in environments:
        folder = Path(app.outdir) / "stacks" / environment.stack_name
        machine = json.dumps(state_machine.readable(environment), indent=2)
        (folder / "state-machine.asl.json").write_text(machine + "\n", encoding="utf-8")
        folders.append(folder)
    return folders
