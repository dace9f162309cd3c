"""Every check, in the order in which it is made and reported."""

from typing import Final

from operations.acceptance import (
    checks_media,
    checks_messages,
    checks_network,
    checks_observation,
    checks_refusals,
    checks_storage,
)
from operations.acceptance.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    *checks_media.CHECKS,
    *checks_messages.CHECKS,
    *checks_storage.CHECKS,
    *checks_refusals.CHECKS,
    *checks_observation.CHECKS,
    *checks_network.CHECKS,
)
