"""listing-media-callback-dispatch: tells the backend how a batch ended; for the state machine and the private API."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from handlers.callback_dispatch.api import is_api_request, respond
from handlers.callback_dispatch.delivery import CallbackRefused, Delivery
from handlers.callback_dispatch.dispatch import Dispatcher
from handlers.callback_dispatch.secret import CallbackSecrets
from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.metrics import Metric
from handlers.runtime.clients import client_config
from handlers.runtime.observability import count, observed
from handlers.runtime.store import media_store

_API_SECONDS: Final = 28.0  # API Gateway gives up after 29 ("Amazon API Gateway quotas", integration timeout)


@cache
def _dispatcher() -> Dispatcher:
    import urllib3
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    delivery = Delivery(
        urllib3.PoolManager(num_pools=1),
        os.environ[names.CALLBACK_URL],
        os.environ[names.TRACE_HEADER_KEY],
        CallbackSecrets(os.environ[names.CALLBACK_SECRET_ARN], SecretsProvider(boto_config=client_config())),
    )
    return Dispatcher(media_store(), delivery)


@observed
def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Send one callback.

    Parameters
    ----------
    event
        The state machine's or the reconciler's ``{"batch", "status", "resultKey", "execution"}``; or an API request.

    Returns
    -------
    The event's ``{"batch", "status", "resultKey"}`` with ``httpStatus``; or an API response.

    Raises
    ------
    CallbackUnavailable, CallbackRefused
        Outside the API: the state machine decides by these names.
    """
    seconds = _seconds_left(context)
    if is_api_request(event):
        deadline = time.monotonic() + _API_SECONDS
        return respond(event, media_store(), _dispatcher(), lambda: min(seconds(), deadline - time.monotonic()))
    started = time.monotonic()
    try:
        status = _dispatcher().send_once(Batch.from_state(event["batch"]), seconds)
    except CallbackRefused:
        count(Metric.CALLBACKS_REFUSED)
        raise
    count(Metric.CALLBACK_SECONDS, time.monotonic() - started, MetricUnit.Seconds)
    return {name: event[name] for name in ("batch", "status", "resultKey")} | {"httpStatus": status}


def _seconds_left(context: Any) -> Callable[[], float]:
    return lambda: context.get_remaining_time_in_millis() / 1000
