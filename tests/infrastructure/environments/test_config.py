"""A wrong environment file is refused with the file, the key, the reason and a remedy."""

import tomllib
from pathlib import Path

import pytest

from modules.environments import config

GOOD = """
region = "sa-east-1"
account_id = "123456789012"
callback_url = "https://api.toq.example/internal/media-processing/callback"
trace_header_key = "traceparent"
log_retention_days = 30

[state]
bucket = "toq-states"
key = "media/terraform.tfstate"

[media_bucket]
name = "toq-listing-medias-x"
log_bucket = "toq-logs-x"

[backend]
trusted_services = ["ecs-tasks.amazonaws.com"]

[network]
vpc_id = "vpc-0123456789abcdef0"
endpoint_subnet_ids = ["subnet-0123456789abcdef0"]

[functions.zip]
memory_mb = 2048
"""
NLB = "arn:aws:elasticloadbalancing:sa-east-1:123456789012:loadbalancer/net/toq/0123456789abcdef"


def write(directory: Path, text: str) -> Path:
    folder = directory / "environments"
    folder.mkdir()
    (folder / "x.toml").write_text(text)
    return folder


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    environment = config.load("x", write(tmp_path, GOOD))
    assert environment.account_id == "123456789012"
    assert environment.architecture == "arm64"
    assert environment.media_bucket.glacier_after_days is None
    assert environment.media_bucket.abort_uploads_after_days is None
    assert environment.functions["zip"].memory_mb == 2048
    assert environment.functions["zip"].timeout_seconds == 900
    assert environment.limits == {}
    assert environment.state is not None
    assert environment.state.region == "sa-east-1"


def test_limits_become_variables_of_validate(tmp_path: Path) -> None:
    environment = config.load("x", write(tmp_path, GOOD + "[limits]\nmax_batch_videos = 5\n"))
    assert environment.limits == {"MAX_BATCH_VIDEOS": 5}


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        pytest.param(changed('"sa-east-1"', '"brazil"'), "region", "'brazil' is not allowed", id="region"),
        pytest.param(changed('"123456789012"', "123456789012"), "account_id", "is not allowed", id="account as number"),
        pytest.param(changed('"123456789012"', '"12345"'), "account_id", "'12345'", id="short account"),
        pytest.param(changed('account_id = "123456789012"\n', ""), "account_id", "missing", id="no account"),
        pytest.param(
            changed('"123456789012"', '"\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12"'),
            "account_id",
            "is not allowed",
            id="full-width digits",
        ),
        pytest.param(changed("https://", "http://"), "callback_url", "is not allowed", id="plain http"),
        pytest.param(changed("api.toq.example/", "169.254.169.254/"), "callback_url", "is not allowed", id="address"),
        pytest.param(changed("api.toq.example/", "user@api.toq.example/"), "callback_url", "is not allowed", id="user"),
        pytest.param(
            changed("toq.example/", "toq.example:8443/"),
            "callback_url",
            "port 8443 is not 443",
            id="shut port",
        ),
        pytest.param(changed("= 30", "= 31"), "log_retention_days", "31 is not allowed", id="retention"),
        pytest.param("colour = 1\n" + GOOD, "colour", "unknown", id="unknown key"),
        pytest.param(changed("memory_mb", "memory"), "functions.zip.memory", "unknown", id="misspelt key"),
        pytest.param(changed("= 2048", "= 64"), "functions.zip.memory_mb", "64 is not allowed", id="too little memory"),
        pytest.param(
            changed("[functions.zip]", "[functions.unzip]"), "functions.unzip", "unknown", id="unknown function"
        ),
        pytest.param(
            changed('log_bucket = "toq-logs-x"', 'log_bucket = "toq-logs-x"\nglacier_after_days = 0'),
            "media_bucket.glacier_after_days",
            "0 is not allowed",
            id="glacier at once",
        ),
        pytest.param(
            changed('log_bucket = "toq-logs-x"', 'log_bucket = "toq-logs-x"\nabort_uploads_after_days = 1'),
            "media_bucket.abort_uploads_after_days",
            "1 is not allowed",
            id="uploads aborted while their URL is good",
        ),
        pytest.param(
            changed('"toq-logs-x"', '"toq-listing-medias-x"'),
            "media_bucket.log_bucket",
            "is the media bucket itself",
            id="logs of logs",
        ),
        pytest.param(
            changed('name = "toq-listing-medias-x"', 'name = "TOQ"'), "media_bucket.name", "'TOQ'", id="bucket"
        ),
        pytest.param(
            changed('["ecs-tasks.amazonaws.com"]', "[]"), "backend.trusted_services", "nobody", id="nobody trusted"
        ),
        pytest.param(
            changed('["ecs-tasks.amazonaws.com"]', '"ecs-tasks.amazonaws.com"'),
            "backend.trusted_services",
            "no list",
            id="no list",
        ),
        pytest.param(
            changed('vpc_id = "vpc-0123456789abcdef0"', f'backend_nlb_arn = "{NLB}"'),
            "network.vpc_id",
            "is missing, but backend_nlb_arn is set",
            id="NLB without VPC",
        ),
        pytest.param(
            changed('vpc_id = "vpc', f'backend_nlb_arn = "{NLB}"\nvpc_id = "vpc'),
            "network.lambda_subnet_ids",
            "is empty, but backend_nlb_arn is set",
            id="NLB that no function reaches",
        ),
        pytest.param(
            changed('vpc_id = "vpc', f'backend_nlb_arn = "{NLB.replace("sa-east-1", "us-east-1")}"\nvpc_id = "vpc'),
            "network.backend_nlb_arn",
            "is in us-east-1",
            id="NLB of another region",
        ),
        pytest.param(
            changed('vpc_id = "vpc', 'backend_nlb_arn = "arn:aws:elb"\nvpc_id = "vpc'),
            "network.backend_nlb_arn",
            "'arn:aws:elb' is not allowed",
            id="no ARN",
        ),
        pytest.param(
            changed('endpoint_subnet_ids = ["subnet-0123456789abcdef0"]', ""),
            "network.endpoint_subnet_ids",
            "is empty",
            id="API without subnets",
        ),
        pytest.param(GOOD + "[limits]\nmax_batch_assets = 0\n", "limits.max_batch_assets", "0 is", id="limit"),
        pytest.param(
            GOOD + "[limits]\nmax_batch_videos = 41\n",
            "limits.max_batch_videos",
            "side by side",
            id="videos that would wait for each other",
        ),
        pytest.param(
            GOOD + "[limits]\nmax_video_seconds = 3600\n",
            "limits.max_batch_video_seconds",
            "of 1800",
            id="videos that take longer than the execution",
        ),
        pytest.param(changed("[state]", "[states]"), "state", "missing", id="no remote state"),
        pytest.param(
            changed("[functions.zip]", "[functions.start]\nreserved_concurrency = 1\n[functions.zip]"),
            "functions.start.reserved_concurrency",
            "is below 2",
            id="poller needs two",
        ),
        pytest.param(
            changed("[functions.zip]", "[functions.start]\ntimeout_seconds = 61\n[functions.zip]"),
            "functions.start.timeout_seconds",
            "is above 60",
            id="slower than the queue's patience",
        ),
        pytest.param(
            changed("[functions.zip]", "[functions.reconcile]\ntimeout_seconds = 721\n[functions.zip]"),
            "functions.reconcile.timeout_seconds",
            "is above 720",
            id="slower than the patience of the queue of events",
        ),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, key: str, reason: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load("x", write(tmp_path, text))
    message = str(caught.value)
    assert message.startswith(f"environments/x.toml: {key}: ")
    assert reason in message
    assert "; " in message, "a remedy follows the reason"
    assert "\n" not in message


def test_a_byte_order_mark_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"environments/x\.toml: begins with a byte order mark"):
        config.load("x", write(tmp_path, "\ufeff" + GOOD))


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=r"environments/x\.toml: not readable as TOML"):
        config.load("x", write(tmp_path, "region ="))


def test_an_unknown_environment_is_answered_with_those_there_are() -> None:
    with pytest.raises(config.ConfigError, match="ENV=sandbox: no such environment; use one of: dev, homolog, local"):
        config.load("sandbox")


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    with pytest.raises(config.ConfigError, match="no such environment"):
        config.load("../pyproject")


@pytest.mark.parametrize("name", config.names())
def test_committed_environments_are_good(name: str) -> None:
    environment = config.load(name)
    assert environment.local is (name == "local")
    assert environment.architecture == ("x86_64" if name == "local" else "arm64")


def test_committed_accounts_differ() -> None:
    accounts = [config.load(name).account_id for name in config.names()]
    assert len(set(accounts)) == len(accounts)


def test_the_good_file_above_is_toml() -> None:
    assert tomllib.loads(GOOD)
