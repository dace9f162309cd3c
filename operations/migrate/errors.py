"""What a person is told when a run can not go on."""


class RefusedError(Exception):
    """The run stops before it changes anything further; one line names the cause and the remedy.

    Parameters
    ----------
    cause
        What was found; never a password.
    remedy
        What the person who reads it does next.
    """

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}: {remedy}")
        self.cause = cause
        self.remedy = remedy
