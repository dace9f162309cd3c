import pytest

from localstack.backend.errors import SettingsError
from localstack.backend.settings import Settings

COMPLETE = {
    "DATABASE_URL": "mysql://toq_app:pw@127.0.0.1:3306/toq_server",
    "MEDIA_BUCKET": "media",
    "QUEUE_URL": "http://localhost/queue",
    "CALLBACK_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:s",
}


def test_a_complete_environment_is_read() -> None:
    settings = Settings.from_environment(COMPLETE | {"UPLOAD_SECONDS": "60"})
    assert (settings.database.user, settings.media_bucket, settings.upload_seconds) == ("toq_app", "media", 60)


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} not set"):
        Settings.from_environment(COMPLETE | {name: ""})


@pytest.mark.parametrize("value", ["0", "604801", "-1", "1.5", "soon"])
def test_an_upload_time_that_s3_does_not_sign_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match=f"UPLOAD_SECONDS is '{value}'"):
        Settings.from_environment(COMPLETE | {"UPLOAD_SECONDS": value})


def test_a_wrong_database_url_is_named_without_its_password() -> None:
    with pytest.raises(SettingsError, match="begins with 'postgres'") as refused:
        Settings.from_environment(COMPLETE | {"DATABASE_URL": "postgres://u:s3cret@h/s"})
    assert "s3cret" not in str(refused.value)
