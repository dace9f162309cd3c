"""The two kinds of failure: a request that is refused, and a job that ends in ERROR."""

from localstack.aws.api import CommonServiceException


class BadRequestError(CommonServiceException):
    """HTTP 400: the request or the settings in it."""

    def __init__(self, message: str) -> None:
        super().__init__("BadRequestException", message, 400, sender_fault=True)


class NotFoundError(CommonServiceException):
    """HTTP 404: no such queue, template or job."""

    def __init__(self, message: str) -> None:
        super().__init__("NotFoundException", message, 404, sender_fault=True)


class ConflictError(CommonServiceException):
    """HTTP 409: the name is taken, or the resource's state forbids it."""

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message, 409, sender_fault=True)


class JobError(Exception):
    """A job cannot go on.

    Parameters
    ----------
    code
        Number from AWS's page "MediaConvert error codes".
    message
        Text in the manner of that page.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class JobCanceledError(Exception):
    """CancelJob was called, or LocalStack stops."""
