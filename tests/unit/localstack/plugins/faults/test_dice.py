import pytest
from toq_localstack.faults.dice import Dice


def throws(dice: Dice, site: str, subjects: list[str]) -> list[bool]:
    return [dice.strikes(site, subject) for subject in subjects]


def test_the_same_seed_strikes_the_same_subjects_in_whatever_order_they_come() -> None:
    subjects = [f"batch-{number}-0" for number in range(50)]
    first, second = Dice(1, {"s3.500": 0.5}), Dice(1, {"s3.500": 0.5})

    found = dict(zip(subjects, throws(first, "s3.500", subjects), strict=True))
    backwards = dict(zip(subjects[::-1], throws(second, "s3.500", subjects[::-1]), strict=True))

    assert found == backwards
    assert 0 < sum(found.values()) < 50


def test_another_seed_strikes_others() -> None:
    subjects = [f"batch-{number}-0" for number in range(50)]
    assert throws(Dice(1, {"a": 0.5}), "a", subjects) != throws(Dice(2, {"a": 0.5}), "a", subjects)


def test_a_second_try_is_a_new_throw() -> None:
    tries = throws(Dice(1, {"a": 0.5}), "a", ["key"] * 50)
    assert set(tries) == {True, False}


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0), (1.0, 200), (0.25, 50)])
def test_a_rate_is_kept(rate: float, expected: int) -> None:
    struck = sum(throws(Dice(3, {"a": rate}), "a", [str(number) for number in range(200)]))
    assert abs(struck - expected) <= 20 * (0 < rate < 1)


def test_a_site_that_is_not_on_never_strikes_and_counts_no_throw() -> None:
    dice, fresh = Dice(1, {}), Dice(1, {"a": 0.5})
    assert not any(throws(dice, "a", ["key"] * 20))
    dice.change({"a": 0.5})
    assert throws(dice, "a", ["key"] * 20) == throws(fresh, "a", ["key"] * 20)


def test_a_size_is_between_its_bounds_and_the_same_again() -> None:
    sizes = [Dice(1, {}).between(2, 5, "a", str(number)) for number in range(50)]
    assert all(2 <= size <= 5 for size in sizes)
    assert sizes == [Dice(1, {}).between(2, 5, "a", str(number)) for number in range(50)]
    assert len(set(sizes)) > 40
