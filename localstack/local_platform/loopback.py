"""127.0.0.1: its free ports, and calls to it past any proxy of the user's."""

import os
import socket
import urllib.request
from typing import Final

from toolchain.errors import SetupError

WITHOUT_PROXY: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def no_proxy() -> dict[str, str]:
    """``NO_PROXY`` in both spellings, so that a proxy of the user's is not asked for 127.0.0.1."""
    hosts = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    exempt = ",".join(filter(None, [hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": exempt, "no_proxy": exempt}


def free_port() -> int:
    """A loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def claim_port(port: int | None, name: str) -> int:
    """`port` after a check, or a free one for None.

    Raises
    ------
    SetupError
        Something listens on `port` already.
    """
    if port is None:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} on 127.0.0.1, asked for {name}, is in use: stop what listens there, "
                "or leave the port out and a free one is taken"
            ) from error
    return port
