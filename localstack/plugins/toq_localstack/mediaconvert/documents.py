"""The one type that travels through the service."""

from typing import Any

Document = dict[str, Any]
"""A structure of the API, with the API's PascalCase members."""
