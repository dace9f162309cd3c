"""What an environment is: the values in which dev, homolog, prod and local differ, typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.contract.photo_variants import Table

# Seconds, as the requirements ask; six times the start function's timeout.
VISIBILITY_TIMEOUT: Final = 60
# Of the queue of events; six times the reconcile function's timeout, and the pause before an event is tried again.
EVENT_VISIBILITY_TIMEOUT: Final = 720


HOST_NAME: Final = "([A-Za-z0-9-]+[.])+[A-Za-z][A-Za-z0-9-]*"
"""Pattern of a host by its name: no address (also not the metadata service's, or one as a number), no ``localhost``."""


@dataclass(frozen=True, slots=True)
class FunctionSize:
    """What one Lambda function may use.

    Parameters
    ----------
    memory_mb
        MiB; CPU grows with it (1,769 MiB are one vCPU; AWS "Configure Lambda function memory").
    timeout_seconds
        Seconds that one invocation may take.
    reserved_concurrency
        Simultaneous invocations kept for and at most given to the function; None reserves nothing.
    """

    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """The media bucket, and the one that its access logs go to.

    Parameters
    ----------
    existing, log_bucket_existing
        The bucket is there already and is adopted by an import block instead of created.
    glacier_after_days
        Age at which raw media go to Glacier; None leaves them where they are.
    abort_uploads_after_days
        Age at which a multipart upload that nobody completed is aborted; None leaves its parts, and their cost.
    cors_origins
        Sites whose pages may upload with presigned URLs.
    """

    name: str
    existing: bool
    log_bucket: str
    log_bucket_existing: bool
    glacier_after_days: int | None
    abort_uploads_after_days: int | None
    cors_origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """Where the private API is reached and, if wished, where the functions run.

    Parameters
    ----------
    vpc_id
        ``default`` stands for the region's default VPC and all its subnets.
    endpoint_subnet_ids
        Subnets of the execute-api endpoint; empty with the default VPC.
    lambda_subnet_ids
        Subnets of the functions; empty keeps them outside the VPC. They need a way to the AWS APIs.
    backend_nlb_arn
        Load balancer of a backend that is private; callbacks reach it through the API's VPC link.
    api_gateway_logging_role
        Set the account's API Gateway logging role for this region; false where another stack owns that setting.
    """

    vpc_id: str
    endpoint_subnet_ids: tuple[str, ...]
    lambda_subnet_ids: tuple[str, ...]
    backend_nlb_arn: str | None
    api_gateway_logging_role: bool


@dataclass(frozen=True, slots=True)
class RemoteState:
    """S3 object that holds Terraform's state; a lock file beside it keeps two runs apart."""

    bucket: str
    key: str
    region: str


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment, checked.

    Parameters
    ----------
    name
        ``dev``, ``homolog``, ...: the file's name and the stack's.
    local
        An emulator on this machine: endpoint and credentials come from the process environment, state is a local
        file, and data may be destroyed.
    name_suffix
        Appended to every name but the buckets', for environments that share an account; empty where they don't.
    callback_url
        Backend's address for callbacks; the Terraform variable of the same name overrides it.
    trusted_services, trusted_role_arns
        Who becomes the backend's role.
    state
        None for a local state file.
    network
        None: no private API.
    architecture
        What the functions run on: ``arm64`` or ``x86_64``.
    functions
        Size of each, by its folder under ``handlers/``.
    limits
        Environment variables of validate, where an environment allows more or less than the defaults.
    photo_variants
        Variants of photos that are made beside the four of the contract.
    file
        As people call it, for messages.
    """

    name: str
    local: bool
    region: str
    account_id: str
    name_suffix: str
    callback_url: str
    trace_header_key: str
    alert_emails: tuple[str, ...]
    log_retention_days: int
    trusted_services: tuple[str, ...]
    trusted_role_arns: tuple[str, ...]
    media_bucket: MediaBucket
    state: RemoteState | None
    network: Network | None
    architecture: str
    functions: Mapping[str, FunctionSize]
    limits: Mapping[str, int]
    photo_variants: Table
    file: str

    @property
    def stack_name(self) -> str:
        """Name of the environment's stack, and of its folder under ``cdktf.out/stacks``."""
        return f"toq-media-{self.name}"

    def named(self, name: str) -> str:
        """A resource's name in this environment."""
        return f"{name}{self.name_suffix}"

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """ARN of a resource of this account; for references that Terraform could only resolve in a circle."""
        return f"arn:aws:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"

    @property
    def private_backend(self) -> str | None:
        """ARN of the load balancer of a backend that only the VPC reaches; None where the backend is public."""
        return self.network.backend_nlb_arn if self.network else None

    @property
    def account_root(self) -> str:
        """Principal that stands for the whole account: whoever its IAM policies allow the action."""
        return self.arn("iam", "root", regional=False)

    def role_arn(self, name: str) -> str:
        """ARN of one of this environment's roles."""
        return self.arn("iam", f"role/{self.named(name)}", regional=False)
