"""Which sites are on in which part of a run: chosen by the seed, so that runs, and the rounds of one, differ in kind.

Alex Groce and others, "Swarm Testing" (2012): a run with some faults left out finds what a run with all of them hides.
Each site is on in at least one round of every run, and off in at least one where there are two or more.
"""

import random
from dataclasses import dataclass

from localstack.chaos import sites


@dataclass(frozen=True, slots=True)
class Round:
    """A part of the faulty phase.

    Parameters
    ----------
    start, end
        Seconds from the beginning of the phase.
    rates
        By site, of those that are on.
    """

    start: float
    end: float
    rates: dict[str, float]


def rounds(seed: int, seconds: float, number: int) -> list[Round]:
    """The rounds of a run's faulty phase."""
    chance = random.Random(f"swarm {seed}")  # noqa: S311 - a seeded choice, not a secret
    on: list[set[str]] = [set() for _ in range(number)]
    for site in sites.ALL:
        times = chance.randint(1, max(1, number - 1))
        for at in chance.sample(range(number), times):
            on[at].add(site)
    length = seconds / number
    return [Round(at * length, (at + 1) * length, _rates(chance, chosen)) for at, chosen in enumerate(on)]


def _rates(chance: random.Random, chosen: set[str]) -> dict[str, float]:
    known = {**sites.AWS, **sites.BACKEND, **sites.REPEATS, **dict.fromkeys(sites.MOMENTS, 1.0)}
    factor = chance.uniform(0.7, 1.5)  # some rounds are worse than others
    return {site: min(1.0, known[site] * factor) for site in sorted(chosen)}
