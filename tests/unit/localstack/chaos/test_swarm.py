import pytest

from localstack.chaos import sites
from localstack.chaos.swarm import rounds


@pytest.mark.parametrize("seed", range(20))
def test_every_site_is_on_in_some_round_and_off_in_another(seed: int) -> None:
    planned = rounds(seed, 400, 16)
    for site in sites.ALL:
        assert 0 < sum(site in each.rates for each in planned) < len(planned)
    assert all(0 < rate <= 1 for each in planned for rate in each.rates.values())


def test_rounds_follow_one_another_to_the_end() -> None:
    planned = rounds(1, 100, 4)
    assert [(each.start, each.end) for each in planned] == [(0, 25), (25, 50), (50, 75), (75, 100)]


def test_a_seed_gives_the_same_rounds_again_and_another_others() -> None:
    assert rounds(1, 100, 4) == rounds(1, 100, 4)
    assert rounds(1, 100, 4) != rounds(2, 100, 4)
