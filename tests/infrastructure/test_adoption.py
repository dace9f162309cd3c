"""An account's own state of affairs: a bucket that is there already, and accounts and regions that are wrong."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localstack.local_platform.local_stack import terraform_variables
from localstack.local_platform.localstack_process import LocalStack
from modules.environments import config
from modules.environments.environment import Environment
from tests.support.clients import clients
from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.terraform import Workspace

MEDIA = "aws_s3_bucket.media"
LOGS = "aws_s3_bucket.logs"


def test_an_existing_bucket_is_imported_not_created(prod: Terraform) -> None:
    assert prod.environment.media_bucket.existing
    assert prod.document["import"] == [{"id": "toq-listing-medias", "to": MEDIA}]


def test_a_new_bucket_is_not_imported(stacks: dict[str, Terraform]) -> None:
    for name in ("dev", "homolog", "local"):
        assert "import" not in stacks[name].document


def test_an_existing_log_bucket_is_imported_and_held_to_the_region(prod: Terraform, tmp_path: Path) -> None:
    from modules.stack import synthesize

    bucket = replace(prod.environment.media_bucket, log_bucket_existing=True)
    [folder] = synthesize([replace(prod.environment, media_bucket=bucket)], tmp_path)
    adopting = json.loads((folder / "cdk.tf.json").read_text())
    assert {each["to"]: each["id"] for each in adopting["import"]} == {MEDIA: "toq-listing-medias", LOGS: "toq-logs"}
    lifecycle = adopting["resource"]["aws_s3_bucket"]["logs"]["lifecycle"]
    assert lifecycle["prevent_destroy"] is True
    assert "media_bucket.log_bucket: toq-logs is not in" in lifecycle["postcondition"][0]["error_message"]


@pytest.mark.localstack
@pytest.mark.xdist_group("synth")
class TestOnAnAccount:
    """Terraform's own plan and apply, with the stand-in provider, on LocalStack."""

    @pytest.fixture(scope="class")
    def account(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
        with LocalStack(tmp_path_factory.mktemp("account")) as emulator:
            yield emulator

    @pytest.fixture
    def s3(self, account: LocalStack) -> Any:
        return clients(account.url)("s3")

    @pytest.fixture
    def adopting(self, unique: str) -> Environment:
        """The local environment, adopting a bucket, with names that collide with nothing."""
        local = config.load("local")
        bucket = replace(local.media_bucket, name=unique, existing=True)
        return replace(local, name="adopting", name_suffix="-adopting", media_bucket=bucket)

    def workspace(self, environment: Environment, tmp_path: Path, account: LocalStack) -> Workspace:
        from modules.stack import synthesize

        [folder] = synthesize([environment], tmp_path / "emitted")
        variables = terraform_variables(tmp_path, calls=account.environment, backend_url="http://127.0.0.1:9")
        workspace = Workspace.of(folder, tmp_path, variables)
        begun = workspace.run("init", "-no-color")
        assert begun.returncode == 0, begun.stderr
        return workspace

    def test_an_existing_bucket_is_adopted_with_what_is_in_it(
        self, adopting: Environment, account: LocalStack, s3: Any, tmp_path: Path
    ) -> None:
        name = adopting.media_bucket.name
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="7/raw/photo/vertical/2020-01-01/old.jpg", Body=b"here before")
        workspace = self.workspace(adopting, tmp_path, account)
        done = workspace.run("apply", "-auto-approve", "-no-color", f"-target={MEDIA}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 imported, 0 added" in done.stdout
        assert "0 destroyed" in done.stdout
        kept = s3.get_object(Bucket=name, Key="7/raw/photo/vertical/2020-01-01/old.jpg")["Body"].read()
        assert kept == b"here before"

    def test_an_existing_log_bucket_keeps_its_logs(
        self, adopting: Environment, account: LocalStack, s3: Any, tmp_path: Path, unique: str
    ) -> None:
        name = f"{unique}-logs"
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="elsewhere/2020-01-01", Body=b"here before")
        bucket = replace(adopting.media_bucket, existing=False, log_bucket=name, log_bucket_existing=True)
        workspace = self.workspace(replace(adopting, media_bucket=bucket), tmp_path, account)
        done = workspace.run("apply", "-auto-approve", "-no-color", f"-target={LOGS}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 imported, 0 added" in done.stdout
        assert s3.get_object(Bucket=name, Key="elsewhere/2020-01-01")["Body"].read() == b"here before"

    def test_a_bucket_that_is_not_there_cannot_be_adopted(
        self, adopting: Environment, account: LocalStack, tmp_path: Path
    ) -> None:
        done = self.workspace(adopting, tmp_path, account).run("plan", "-no-color", f"-target={MEDIA}")
        assert done.returncode == 1
        assert adopting.media_bucket.name in done.stdout + done.stderr
        assert "import" in done.stderr

    def test_a_bucket_of_another_region_is_refused_with_the_key_to_correct(
        self, adopting: Environment, account: LocalStack, s3: Any, tmp_path: Path
    ) -> None:
        name = adopting.media_bucket.name
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        done = self.workspace(adopting, tmp_path, account).run("plan", "-no-color", f"-target={MEDIA}")
        assert done.returncode == 1
        assert f"environments/local.toml: media_bucket.name: {name} is not in" in " ".join(done.stderr.split())

    def test_the_wrong_account_is_refused_before_anything_is_planned(
        self, adopting: Environment, account: LocalStack, tmp_path: Path
    ) -> None:
        wrong = replace(adopting, account_id="999999999999")
        done = self.workspace(wrong, tmp_path, account).run("plan", "-no-color", f"-target={MEDIA}")
        assert done.returncode == 1
        assert "AWS account ID not allowed: 000000000000" in done.stderr
        assert "Plan:" not in done.stdout
