"""A folder in which Terraform runs with the stand-in provider."""

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolchain.paths import ROOT

SERVICES = {path.stem: path for path in sorted((ROOT / "tests/integration/aws_provider").glob("*.tf"))}
SECONDS = 170  # for one Terraform command; with all services it takes 20 on two idle cores

_PROVIDER: dict[str, Any] = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "6.25.0"}}},
    "provider": {"aws": {"region": "us-east-1", "default_tags": {"tags": {"Application": "provider-test"}}}},
}
_VARIABLES = {"variable": {"suffix": {"type": "string"}, "revision": {"type": "number", "default": 1}}}

type Address = str
type Actions = dict[Address, list[str]]


class Workspace:
    """Terraform's commands in one folder.

    Parameters
    ----------
    folder
        Where configuration and state stand; made when it is not there.
    environment
        The emulator's and the provider mirror's variables.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {**os.environ, **environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self._initialised = False

    def write(self, configuration: Mapping[str, Any], *, provider: Mapping[str, Any] | None = None) -> None:
        """Replace the configuration; `provider` is merged into the provider block."""
        block = {**_PROVIDER["provider"]["aws"], **(provider or {})}
        document = {**_PROVIDER, "provider": {"aws": block}, **configuration}
        (self.folder / "main.tf.json").write_text(json.dumps(document, indent=2))

    def write_all_services(self, suffix: str, revision: int, imports: Mapping[Address, str] | None = None) -> None:
        """Every service's configuration as a module of its name; `imports` maps addresses to ids."""
        for service, source in SERVICES.items():
            module = self.folder / service
            module.mkdir(exist_ok=True)
            shutil.copy(source, module / "main.tf")
            (module / "variables.tf.json").write_text(json.dumps(_VARIABLES))
            for number in (1, 2):
                _write_function(module / f"function-{number}.zip", number)
        modules = {
            service: {"source": f"./{service}", "suffix": f"{suffix}-{service}", "revision": revision}
            for service in SERVICES
        }
        wanted = [{"to": address, "id": identifier} for address, identifier in (imports or {}).items()]
        self.write({"module": modules, **({"import": wanted} if wanted else {})})

    def run(self, *arguments: str, expected: int = 0) -> str:
        """Run Terraform; what it prints on both streams stands in the failure, and is returned."""
        done = self.attempt(*arguments)
        assert done.returncode == expected, done.stdout[-6000:] + done.stderr[-6000:]
        return done.stdout + done.stderr

    def attempt(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        if not self._initialised:
            self._initialised = True
            self.run("init")
        return subprocess.run(
            [os.environ.get("TERRAFORM_BINARY", "terraform"), *arguments, "-no-color"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def apply(self) -> str:
        return self.run("apply", "-auto-approve")

    def plan(self) -> Actions:
        """What a plan would do: address of each resource that it changes or imports -> actions."""
        messages = (json.loads(line) for line in self.run("plan", "-json").splitlines() if line.startswith("{"))
        changes = [message["change"] for message in messages if message["type"] == "planned_change"]
        return {change["resource"]["addr"]: _actions(change) for change in changes}

    def resources(self) -> dict[Address, dict[str, Any]]:
        """Every managed resource in the state: address -> its values, with the type under `__type__`."""
        document = json.loads((self.folder / "terraform.tfstate").read_text())
        found: dict[Address, dict[str, Any]] = {}
        for resource in document["resources"]:
            if resource["mode"] == "managed":
                module = f"{resource['module']}." if "module" in resource else ""
                for instance in resource["instances"]:
                    index = f"[{instance['index_key']}]" if "index_key" in instance else ""
                    address = f"{module}{resource['type']}.{resource['name']}{index}"
                    found[address] = {**instance["attributes"], "__type__": resource["type"]}
        return found


def _actions(change: dict[str, Any]) -> list[str]:
    """Terraform's "Machine-Readable UI" names one action; an import that changes nothing has it as its only one."""
    imported = ["import"] if "importing" in change else []
    return imported + [action for action in (change["action"],) if action not in ("noop", "import")]


def _write_function(archive: Path, revision: int) -> None:
    entry = zipfile.ZipInfo("handler.py", date_time=(2026, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(entry, f"REVISION = {revision}\n\n\ndef handler(event, context):\n    return event\n")
