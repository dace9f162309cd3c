"""LocalStack as a local process: AWS for everything that the pipeline calls, without an account and without Docker."""

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localstack.local_platform.lifetime import Lifetime
from localstack.local_platform.loopback import WITHOUT_PROXY, claim_port, no_proxy
from localstack.local_platform.service import Service, clean_environment
from toolchain.errors import SetupError
from toolchain.paths import LOCALSTACK_PYTHON, MAIN_PYTHON

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
_READY_SECONDS: Final = 180.0  # 4 on a machine with nothing else to do
# What LocalStack compiles of botocore's service models takes 2 s of each start; it fits every start of this version.
_CATALOGUE: Final = LOCALSTACK_PYTHON.parents[1] / "catalogue"


def call_environment(url: str) -> dict[str, str]:
    """Variables that lead boto3, Terraform and the AWS CLI of a child process to the LocalStack at `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        # Without it botocore first asks the EC2 metadata address when a profile is incomplete.
        "AWS_EC2_METADATA_DISABLED": "true",
        **no_proxy(),
    }


class LocalStack(Lifetime):
    """A LocalStack of its own, on a loopback port, with state that ends with it.

    Parameters
    ----------
    directory
        For its log, data and temporary files; all but the log is removed by `stop`.
    port
        A fixed port, or None for a free one.
    python
        Interpreter of the environment that LocalStack and our plugins are installed in.
    settings
        More LocalStack configuration variables, over the ones below.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        python: Path = LOCALSTACK_PYTHON,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = claim_port(port, "LocalStack")
        self._directory = directory.resolve()
        self._python = python
        self._service = Service(
            "LocalStack",
            [python, "-m", "localstack.runtime.main"],
            environment=self._configuration() | dict(settings or {}),
            log=self._directory / "localstack.log",
            directory=self._directory,
        )

    @property
    def url(self) -> str:
        """The gateway, for ``AWS_ENDPOINT_URL``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self._service.log

    @property
    def calls(self) -> Path:
        """Every AWS call since the start, one JSON line each: who made it and what permissions it needs."""
        return self._directory / "calls.jsonl"

    @property
    def pid(self) -> int | None:
        return self._service.pid

    @property
    def environment(self) -> dict[str, str]:
        """See `call_environment`."""
        return call_environment(self.url)

    def start(self) -> None:
        """Start and wait until AWS calls are answered.

        Raises
        ------
        SetupError
            LocalStack is not installed.
        StartError
            It did not come up; with the end of its log.
        """
        if not self._python.exists():
            raise SetupError(f"LocalStack is not installed ({self._python} is missing): run `make tools`")
        for name in ("data", "tmp"):
            shutil.rmtree(self._directory / name, ignore_errors=True)
            (self._directory / name).mkdir(parents=True)
        self.calls.unlink(missing_ok=True)
        copy_catalogue(_CATALOGUE, self._cache)
        self._service.start_until(self._answers, _READY_SECONDS, undo=self.stop)
        copy_catalogue(self._cache, _CATALOGUE)

    def stop(self) -> None:
        """End LocalStack and its Lambda processes, and remove its data."""
        self._service.kill()  # its own shutdown takes 3 s to save nothing: state ends with the run
        for name in ("data", "tmp"):
            shutil.rmtree(self._directory / name, ignore_errors=True)

    @property
    def _cache(self) -> Path:
        return self._directory / "data/var/lib/localstack/cache"

    def _configuration(self) -> dict[str, str]:
        """LocalStack's variables (its documentation, "Configuration"), and those of our plugins."""
        return clean_environment(
            GATEWAY_LISTEN=f"127.0.0.1:{self.port}",
            LOCALSTACK_HOST=f"127.0.0.1:{self.port}",
            SQS_ENDPOINT_STRATEGY="off",  # queue URLs on loopback, in the only form that the AWS provider takes
            FILESYSTEM_ROOT=str(self._directory / "data"),
            TMPDIR=str(self._directory / "tmp"),  # it empties $TMPDIR/localstack at its start
            HOME=str(self._directory / "data"),
            DNS_ADDRESS="0",  # no DNS server on port 53
            OVERRIDE_IN_DOCKER="0",  # else, in a container, /var/lib/localstack whatever FILESYSTEM_ROOT says
            SKIP_SSL_CERT_DOWNLOAD="1",
            DISABLE_EVENTS="1",
            LAMBDA_RUNTIME_EXECUTOR="process",
            LAMBDA_PROCESS_PYTHON312=str(MAIN_PYTHON),
            PROVIDER_OVERRIDE_CLOUDWATCH="toq",
            PROVIDER_OVERRIDE_STEPFUNCTIONS="toq",
            CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES="0",  # an unknown type fails instead of passing silently
            # LocalStack checks types against its own catalogue, which does not know our plugin's.
            CFN_IGNORE_UNSUPPORTED_TYPE_CREATE="AWS::MediaConvert::JobTemplate",
            CFN_IGNORE_UNSUPPORTED_TYPE_UPDATE="AWS::MediaConvert::JobTemplate",
            S3_SKIP_SIGNATURE_VALIDATION="0",  # presigned URLs are checked as AWS checks them
            SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL="5",  # seconds; AWS reports each minute, too slow for a test
            TOQ_CALLS_LOG=str(self.calls),  # what the least-privilege proof reads
        )

    def _answers(self) -> bool:
        """Whether a service answers: on a wrong Python LocalStack says it is ready, then fails each call."""
        call = urllib.request.Request(  # noqa: S310 - loopback http
            f"{self.url}/",
            data=b"Action=GetCallerIdentity&Version=2011-06-15",
            headers={"Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sts/aws4_request"},
        )
        try:
            with WITHOUT_PROXY.open(call, timeout=10) as answer:
                return ACCOUNT.encode() in answer.read()
        except (urllib.error.URLError, OSError):
            return False

    def services(self) -> dict[str, str]:
        """Each AWS service and its state, from LocalStack's health report."""
        with WITHOUT_PROXY.open(f"{self.url}/_localstack/health", timeout=10) as answer:
            report: dict[str, dict[str, str]] = json.load(answer)
        return report["services"]


def copy_catalogue(source: Path, target: Path) -> None:
    """Copy the compiled service models that `target` lacks; never half a file, since others may read meanwhile."""
    for model in source.glob("service-catalog-*.dill"):
        if not (target / model.name).exists():
            target.mkdir(parents=True, exist_ok=True)
            partial = target / f"{model.name}.{os.getpid()}"
            shutil.copy(model, partial)
            partial.replace(target / model.name)
