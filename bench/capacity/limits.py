"""What so many listings an hour ask of each limit, and how far it has to be raised."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.capacity.demand import MEDIACONVERT, Demand

COMFORTABLE: Final = 0.7  # of a limit; above, chance alone makes queues


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit at one rate.

    Parameters
    ----------
    what
        The service and its quota with its code, or whose concurrency is reserved.
    asked
        Of it, at a time or a second.
    pool
        Whose places it gives; None for the others.
    adjustable
        AWS raises it on request, or the environment's file does.
    """

    what: str
    asked: float
    limit: float
    pool: str | None = None
    adjustable: bool = True

    @property
    def used(self) -> float:
        return self.asked / self.limit

    @property
    def needed(self) -> int:
        """What it must be, so that chance alone makes no queues."""
        return max(math.ceil(self.asked / COMFORTABLE), math.ceil(self.limit))


def limits(rate: float, asked: Demand, pools: Mapping[str, int], quotas: Mapping[str, Any]) -> list[Limit]:
    """Every limit at so many listings an hour, the tightest first."""
    a_second = rate / 3600
    at_work = dict.fromkeys(pools, 0.0)
    for step in (*(step for stage in asked.stages for step in stage), *asked.aside):
        at_work[step.pool] += a_second * step.pieces * step.seconds
    of_pools = [Limit(_what(pool, quotas), at_work[pool], most, pool) for pool, most in pools.items()]
    of_account = _of_account(at_work, [limit for limit in of_pools if limit.pool != MEDIACONVERT])
    found = [
        *of_pools,
        *(_limit(quotas[name], number) for name, number in of_account.items()),
        *(_limit(quotas[name], a_second * number) for name, number in asked.per_listing.items()),
    ]
    return sorted(found, key=lambda limit: -limit.used)


def _of_account(at_work: Mapping[str, float], functions: Sequence[Limit]) -> dict[str, float]:
    """What is asked of Lambda and SQS beside the places of each function."""
    return {
        "lambda_concurrency": sum(limit.asked for limit in functions),
        "lambda_scaling": max(limit.asked for limit in functions),
        "event_source_mapping": at_work["start"],
        "sqs_in_flight": at_work["start"],
    }


def _what(pool: str, quotas: Mapping[str, Any]) -> str:
    return _name(quotas["mediaconvert_jobs"]) if pool == MEDIACONVERT else f"reserved concurrency of {pool}"


def _name(quota: Mapping[str, Any]) -> str:
    code = f" ({quota['code']})" if "code" in quota else ""
    return f"{quota['service']}: {quota['quota']}{code}"


def _limit(quota: Mapping[str, Any], asked: float) -> Limit:
    return Limit(_name(quota), asked, quota.get("at_once") or quota["per_second"], adjustable=quota["adjustable"])


def raised(pools: Mapping[str, int], found: Sequence[Limit]) -> dict[str, int]:
    """The pools once everything is raised as advised."""
    return {**pools, **{limit.pool: limit.needed for limit in found if limit.pool}}


def advice(rate: float, found: Sequence[Limit], pools: Mapping[str, int], quotas: Mapping[str, Any]) -> list[str]:
    """Which limits to raise, and to what; of functions, in the environment's file."""
    return [*_tight(rate, found), *_reservations(rate, raised(pools, found), quotas)]


def _tight(rate: float, found: Sequence[Limit]) -> Iterator[str]:
    for limit in found:
        if limit.used > COMFORTABLE:
            remedy = f"raise to {limit.needed:,}" if limit.adjustable else "cannot be raised: spread the load"
            yield f"{limit.what}: {limit.limit:,g} now, {limit.asked:,.1f} asked at {rate:,g} an hour: {remedy}"


def _reservations(rate: float, pools: Mapping[str, int], quotas: Mapping[str, Any]) -> Iterator[str]:
    """The account's concurrency holds all reservations and what nobody may reserve."""
    account = quotas["lambda_concurrency"]
    needed = sum(most for pool, most in pools.items() if pool != MEDIACONVERT) + quotas["lambda_unreserved"]["at_once"]
    if needed > account["at_once"]:
        yield f"{_name(account)}: {account['at_once']:,} now, reserved at {rate:,g} an hour: raise to {needed:,}"
