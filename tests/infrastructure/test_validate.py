"""Terraform itself accepts what is emitted: arguments, types, references, blocks."""

from pathlib import Path

import pytest

from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.terraform import Workspace, evaluated


def test_terraform_validates_every_environment(stack: Terraform, tmp_path: Path) -> None:
    workspace = Workspace.of(stack.folder, tmp_path)
    begun = workspace.run("init", "-backend=false", "-no-color")
    assert begun.returncode == 0, begun.stderr
    done = workspace.run("validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The configuration is valid" in done.stdout
    assert "Warning" not in done.stdout


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://api.toq.example/callback", "true"),
        ("https://api.toq.example:443/callback", "true"),
        ("https://api.toq.example:8443/callback", "false"),
        ("http://api.toq.example/callback", "false"),
        ("https://user@evil.example/x", "false"),
        ("https://api.toq.example@evil.example/x", "false"),
        ("https://user:word@evil.example/x", "false"),
        ("https://api.toq.example/x?to=evil.example", "false"),
        ("https://api.toq.example/x#evil", "false"),
        ("https://169.254.169.254/latest/meta-data/", "false"),
        ("https://2852039166/", "false"),
        ("https://127.0.0.1/", "false"),
        ("https://localhost/", "false"),
    ],
)
def test_a_callback_url_that_the_functions_can_not_reach_safely_is_refused_by_the_variable(
    prod: Terraform, tmp_path: Path, url: str, accepted: str
) -> None:
    [validation] = prod.document["variable"]["callback_url"]["validation"]
    condition = validation["condition"].removeprefix("${").removesuffix("}").replace("var.callback_url", f'"{url}"')
    assert evaluated(condition, tmp_path) == accepted
