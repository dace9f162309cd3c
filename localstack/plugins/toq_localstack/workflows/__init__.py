"""What LocalStack's Step Functions lacks: MediaConvert tasks, true status events, execution metrics."""

from toq_localstack.workflows import description, mediaconvert_task, status_changes, stopping


def install() -> None:
    """Put the additions into LocalStack's interpreter of state machines; a second call changes nothing."""
    description.install()
    mediaconvert_task.install()
    status_changes.install()
    stopping.install()
