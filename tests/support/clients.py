"""boto3 clients of an emulated AWS, from `localstack-client`, as the customer's own tests have them."""

from collections.abc import Callable
from typing import Any

import pytest
from localstack_client.session import Session  # type: ignore[import-untyped]

from localstack.local_platform.localstack_process import REGION


def clients(gateway_url: str) -> Callable[[str], Any]:
    """Clients by service name of the LocalStack at `gateway_url`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)  # localstack-client would prefer it
        host = gateway_url.removeprefix("http://")
        session = Session("test", "test", None, region_name=REGION, localstack_host=host)

    def client(service: str) -> Any:
        return session.client(service)

    return client
