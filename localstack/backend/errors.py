"""What the backend answers instead of a result."""

from http import HTTPStatus


class SettingsError(Exception):
    """The backend cannot start; one line names the variable and the remedy."""


class RequestError(Exception):
    """A request that cannot be served; `app` turns it into an answer.

    Parameters
    ----------
    status
        HTTP status of the answer.
    detail
        For people; never a secret, never a presigned URL.
    """

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
