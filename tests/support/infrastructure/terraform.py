"""The real Terraform, run on a stack that a test emitted."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modules.functions import RECORDS
from toolchain.terraform_provider import provider_environment


@dataclass(frozen=True, slots=True)
class Workspace:
    """A copy of one stack, placed so that its artifacts can stand where it looks for them.

    Parameters
    ----------
    folder
        Where Terraform runs.
    variables
        Environment variables beside those of this process.
    """

    folder: Path
    variables: Mapping[str, str]

    @classmethod
    def of(cls, stack: Path, root: Path, variables: Mapping[str, str] | None = None) -> "Workspace":
        """Copy a stack below `root`, with empty artifacts: Terraform only hashes them here.

        Parameters
        ----------
        variables
            The way to an account; without it only what needs none can be run.
        """
        folder = root / "cdktf.out" / "stacks" / stack.name
        folder.mkdir(parents=True)
        shutil.copy(stack / "cdk.tf.json", folder)
        artifacts = root / "build" / "artifacts"
        artifacts.mkdir(parents=True)
        for name in (*(record.name for record in RECORDS.values()), "layer-arm64", "layer-x86_64"):
            (artifacts / f"{name}.zip").touch()
        return cls(folder, {**provider_environment("local", real_calls=True), **(variables or {})})

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``terraform WORDS``; the caller looks at the exit code."""
        return subprocess.run(
            ["terraform", *words],
            cwd=self.folder,
            env={**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )


def evaluated(expression: str, folder: Path) -> str:
    """What Terraform makes of an expression without references, as `terraform console` prints it."""
    done = subprocess.run(
        ["terraform", "console"],
        cwd=folder,
        input=f"{expression}\n",
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
