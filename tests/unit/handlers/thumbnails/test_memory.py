"""`handlers.thumbnails.memory`: what is held together never exceeds the budget."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from handlers.thumbnails.memory import MemoryBudget


def test_holders_never_exceed_the_budget_together() -> None:
    budget, lock = MemoryBudget(100), threading.Lock()
    held, highest = 0, 0

    def work(size: int) -> None:
        nonlocal held, highest
        with budget.hold(size):
            with lock:
                held += size
                highest = max(highest, held)
            with lock:
                held -= size

    with ThreadPoolExecutor(16) as executor:
        list(executor.map(work, [size % 60 + 1 for size in range(500)]))
    assert highest <= 100
    assert held == 0


def test_a_holder_larger_than_the_budget_waits_to_be_alone() -> None:
    budget, order = MemoryBudget(10), []
    begun = threading.Event()

    def large() -> None:
        begun.set()
        with budget.hold(1_000):
            order.append("large")

    with budget.hold(1):
        thread = threading.Thread(target=large)
        thread.start()
        assert begun.wait(5)
        order.append("small")
    thread.join(5)
    assert order == ["small", "large"]


def test_a_failure_gives_back_what_it_held() -> None:
    budget = MemoryBudget(10)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), budget.hold(8):
            _ = 1 / 0
    with budget.hold(10):
        assert budget.total == 10
