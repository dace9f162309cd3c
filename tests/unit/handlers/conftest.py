"""What the tests of several functions start from."""

import pytest

from handlers.contract.batch import Batch
from handlers.runtime.store import MediaStore
from tests.support.finished_batch import FinishedBatch


@pytest.fixture
def finished(store: MediaStore, batch: Batch) -> FinishedBatch:
    return FinishedBatch(store, batch)
