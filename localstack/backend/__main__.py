"""``python -m localstack.backend --port N``: serves the reference backend on loopback."""

import argparse
import os
import sys

import uvicorn

from localstack.backend.app import create_app
from localstack.backend.errors import SettingsError
from localstack.backend.settings import Settings


def main() -> int:
    """Serve until a signal ends it; 2 when a setting is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m localstack.backend", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="TCP port to listen on")
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(f"backend: {error}", file=sys.stderr)
        return 2
    # The access log would hold nothing that the pipeline's own logs do not.
    uvicorn.run(create_app(settings), host=arguments.host, port=arguments.port, access_log=False, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
