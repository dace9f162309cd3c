"""What is known of a batch whose states have finished, as the ZIP's tests have it."""

from tests.unit.handlers.zip.conftest import batch, finished, store

__all__ = ["batch", "finished", "store"]
