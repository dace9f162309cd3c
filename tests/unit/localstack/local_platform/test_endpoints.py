"""How the running platform is found, and where a command that is attached to it is led."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localstack.local_platform import __main__ as cli
from localstack.local_platform.endpoints import Endpoints
from toolchain.errors import SetupError


def endpoints(pid: int) -> Endpoints:
    return Endpoints(pid, "http://127.0.0.1:1", "mysql://a", "mysql://b", "http://127.0.0.1:2", {}, "o", "/logs", {})


def test_state_of_a_platform_that_is_gone_counts_as_none(tmp_path: Path) -> None:
    endpoints(pid=2**22 - 1).write(tmp_path / "state.json")
    assert Endpoints.read(tmp_path / "state.json") is None


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    endpoints(pid=1).write(tmp_path / "state.json")
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_state_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"port": 4566}))
    with pytest.raises(SetupError, match=r"state\.json is not of this version's making: delete it"):
        Endpoints.read(tmp_path / "state.json")


def test_attached_command_finds_the_account_and_the_state_of_the_deployed_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, which becomes the command."""
    state = tmp_path / "state.json"
    waiting = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", waiting, "localstack.local_platform"], stdin=subprocess.PIPE) as owner:
        endpoints(owner.pid).write(state)
        program = (
            "import pathlib, sys\n"
            "from localstack.local_platform import __main__ as cli\n"
            f"cli.UP_STATE = pathlib.Path({str(state)!r})\n"
            "sys.exit(cli.main(['attach', '--', 'env']))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert owner.stdin is not None
        owner.stdin.close()
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert seen["TF_CLI_ARGS_init"] == "-backend-config=path=/logs/terraform.tfstate"
    assert (seen["TF_DATA_DIR"], seen["CDKTF_OUTDIR"]) == ("/logs/terraform", "/logs/cdktf.out")
    assert seen["TF_VAR_callback_url"] == "http://127.0.0.1:2/internal/media-processing/callback"
    assert seen["PATH"] == os.environ["PATH"]


def test_nothing_to_attach_to_is_one_line_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "UP_STATE", tmp_path / "state.json")
    assert cli.main(["attach", "--", "true"]) == 2
    assert capsys.readouterr().err == "error: ENV=local needs the local platform: start it with `make up`\n"
