"""Ports of 127.0.0.1."""

import socket
from collections.abc import Iterator

import pytest

from localstack.local_platform.loopback import claim_port, free_port
from toolchain.errors import SetupError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_free_port_can_be_claimed() -> None:
    port = free_port()
    assert claim_port(port, "thing") == port


def test_port_in_use_is_named_with_a_remedy(taken: int) -> None:
    with pytest.raises(SetupError, match=f"port {taken} on 127.0.0.1, asked for thing, is in use: stop what"):
        claim_port(taken, "thing")
