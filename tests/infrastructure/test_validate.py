"""Terraform itself accepts what is emitted: arguments, types, references, blocks."""

from pathlib import Path

from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.terraform import Workspace


def test_terraform_validates_every_environment(stack: Terraform, tmp_path: Path) -> None:
    workspace = Workspace.of(stack.folder, tmp_path)
    begun = workspace.run("init", "-backend=false", "-no-color")
    assert begun.returncode == 0, begun.stderr
    done = workspace.run("validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The configuration is valid" in done.stdout
    assert "Warning" not in done.stdout


def test_a_callback_url_without_tls_is_refused_by_the_variable(prod: Terraform) -> None:
    [validation] = prod.document["variable"]["callback_url"]["validation"]
    assert validation["condition"] == '${startswith(var.callback_url, "https://")}'
