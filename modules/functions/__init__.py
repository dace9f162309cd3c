"""The Lambda functions: one module with a ``RECORD`` for each folder of ``handlers/`` that has a handler.

Nothing here imports cdktf: environments, benchmarks and tools read the records too.
"""

import importlib
import pkgutil
from typing import Final

from modules.function_record import FunctionRecord, Invoker


def _discovered() -> dict[str, FunctionRecord]:
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    records: list[FunctionRecord] = [module.RECORD for module in modules]
    return {record.package: record for record in sorted(records, key=lambda record: record.place)}


# By package, in the order of a batch's way through them.
RECORDS: Final = _discovered()


def invoked_by(invoker: Invoker) -> list[FunctionRecord]:
    """The functions that somebody calls."""
    return [record for record in RECORDS.values() if invoker in record.invoked_by]
