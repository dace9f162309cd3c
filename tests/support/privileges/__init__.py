"""Holds the API calls that were made against the policies that were applied."""

from typing import Final

LENT: Final = "lent-to-a-test"
"""Name of a session in which a test takes a role of ours, also to do what it may not: no call of the product."""
