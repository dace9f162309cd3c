"""Delivery of one callback over HTTP: what counts as accepted, as refused, and as worth another try."""

import datetime
import email.utils
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers.callback_dispatch.secret import CallbackSecrets
from handlers.callback_dispatch.signing import signed_headers
from handlers.runtime.observability import logger

if TYPE_CHECKING:
    import urllib3

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 15.0  # until the first byte of the answer; a body of 10,000 assets takes the backend a while
MAX_TRIES: Final = 4  # within one invocation; Step Functions repeats the state with longer pauses
_BASE_PAUSE: Final = 0.5
_MAX_PAUSE: Final = 8.0
RESERVE_SECONDS: Final = 2.0  # left for writing the receipt
_RETRIABLE: Final = frozenset({408, 425, 429})


class CallbackUnavailable(Exception):
    """The backend could not be reached, or asked for another try; the state machine retries by this name."""


class CallbackRefused(Exception):
    """The backend refused the callback for good; by this name the state machine gives it to the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Message:
    """One callback.

    Parameters
    ----------
    id
        The same for every try of the same result: the backend drops repetitions by it.
    body
        The bytes that are signed and sent.
    """

    id: str
    body: bytes
    traceparent: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The backend's acceptance: its status code, and the number of requests that it took."""

    status: int
    tries: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """``status`` is None when there was no answer; ``retry_after`` is in seconds."""

    status: int | None
    retry_after: float | None = None
    problem: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def retriable(self) -> bool:
        return self.status is None or self.status in _RETRIABLE or self.status >= 500

    def __str__(self) -> str:
        return self.problem or f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the delivery sees it; tests bring their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform


class Delivery:
    """Delivers callbacks to one URL.

    Parameters
    ----------
    http
        urllib3 pool.
    trace_header
        Name of the header that carries the message's ``traceparent``.
    """

    def __init__(
        self,
        http: "urllib3.PoolManager",
        url: str,
        trace_header: str,
        secrets: CallbackSecrets,
        clock: Clock | None = None,
    ) -> None:
        self._http = http
        self._url = url
        self._trace_header = trace_header
        self._secrets = secrets
        self._clock = clock or Clock()

    def deliver(self, message: Message, remaining: Callable[[], float]) -> Accepted:
        """Post the callback until it is accepted, refused, or time runs out.

        Parameters
        ----------
        remaining
            Seconds that are left for all of it.

        Raises
        ------
        CallbackUnavailable
            Network error, 408, 425, 429 or 5xx, also after the tries that fit.
        CallbackRefused
            Any other answer but 2xx: a redirect (it is not followed), a 4xx. After a first 401 the secret is read anew
            and tried once more, since it may just have been rotated.
        """
        refreshed = False
        for tried in range(1, MAX_TRIES + 1):
            answer = self._post(message, remaining, refresh=refreshed)
            if answer.accepted:
                return Accepted(int(answer.status or 0), tried)
            logger.warning("callback not accepted", answer=str(answer), tried=tried, eventId=message.id)
            if answer.status == 401 and not refreshed:
                refreshed = True
                continue
            if not answer.retriable:
                raise CallbackRefused(f"{answer} from the backend")
            pause = self._pause(answer, tried)
            needed = pause + CONNECT_SECONDS + READ_SECONDS + RESERVE_SECONDS
            if tried == MAX_TRIES or needed > remaining():
                break
            self._clock.sleep(pause)
        raise CallbackUnavailable(f"{answer} from the backend after {tried} tries")

    def _post(self, message: Message, remaining: Callable[[], float], *, refresh: bool) -> _Answer:
        import urllib3

        secrets = self._secrets.current(refresh=refresh)
        seconds = min(CONNECT_SECONDS + READ_SECONDS, remaining() - RESERVE_SECONDS)
        if seconds <= 0:
            return _Answer(None, problem="no time was left for an answer")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "toq-media-pipeline",
            **signed_headers(secrets, message.id, int(self._clock.now()), message.body),
        }
        if message.traceparent:
            headers[self._trace_header] = message.traceparent
        try:
            response = self._http.request(
                "POST",
                self._url,
                body=message.body,
                headers=headers,
                timeout=urllib3.Timeout(total=seconds, connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return _Answer(None, problem=type(error).__name__)
        # The answer's body says nothing that is needed here, so none of it is read, however large it is.
        response.close()
        return _Answer(response.status, _retry_after(response.headers, self._clock.now()))

    def _pause(self, answer: _Answer, tried: int) -> float:
        """Seconds to wait: what the backend asks for, or full jitter over a doubling span."""
        if answer.retry_after is not None:
            return answer.retry_after
        return self._clock.jitter(0.0, min(_MAX_PAUSE, _BASE_PAUSE * 2**tried))


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds of a ``Retry-After`` header, a number or a date (RFC 9110, 10.2.3); None without a usable one."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, moment.timestamp() - now)
