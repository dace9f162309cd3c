"""Making AWS calls: arguments, tags, answers that may be missing, and waiting."""

import time
from collections.abc import Callable, Mapping
from typing import Any

POLL_SECONDS = 0.2
WAIT_SECONDS = 120.0


class ResourceError(Exception):
    """AWS took the call, but the resource did not come out as wanted."""


def error_code(error: Exception) -> str:
    """AWS's code of a failed call, "404" when there is only a status, "" for any other exception."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def is_not_found(error: Exception, codes: tuple[str, ...]) -> bool:
    """Whether a failed call says that what it names is not there."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return bool(response) and (status == 404 or error_code(error) in codes)


def optional(call: Callable[..., Any], *codes: str, **arguments: Any) -> Any:
    """The call's answer, None when it fails with one of the codes or a 404."""
    from botocore.exceptions import ClientError

    try:
        return call(**arguments)
    except ClientError as error:
        if is_not_found(error, codes):
            return None
        raise


def wait_until[T](probe: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Ask `probe` until its answer is not empty or False.

    Raises
    ------
    TimeoutError
        When it has not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
    return answer


def tag_list(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services take them: a list of objects."""
    return [{key: name, value: text} for name, text in sorted((tags or {}).items())]


def tag_map(tags: list[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as Terraform has them, from a service's list of objects."""
    return {tag[key]: tag[value] for tag in tags or []}


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments of a call that have a value: boto3 takes no None."""
    return {name: value for name, value in arguments.items() if value is not None}
