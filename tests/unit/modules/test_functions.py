"""Each Lambda function has its code in one folder and all else that is known of it in one record."""

import subprocess
import sys
from pathlib import Path

import pytest

from modules.environments import config
from modules.function_record import FunctionRecord, Invoker
from modules.functions import RECORDS, invoked_by
from modules.workflow.state_machine import readable

ROOT = Path(__file__).resolve().parents[3]
CHEAP = "import sys, main, modules.functions, modules.environments.config, modules.workflow.state_machine, bench.cost"


def test_every_folder_with_a_handler_has_a_record_and_every_record_its_folder() -> None:
    assert set(RECORDS) == {path.parent.name for path in (ROOT / "handlers").glob("*/handler.py")}


def test_records_stand_in_the_order_of_a_batchs_way() -> None:
    places = [record.place for record in RECORDS.values()]
    assert places == sorted(set(places))


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.package)
def test_every_function_is_called_by_somebody(record: FunctionRecord) -> None:
    assert record.invoked_by


def test_what_the_state_machine_calls_is_what_says_so() -> None:
    machine = str(readable(config.load("prod")))
    for record in RECORDS.values():
        assert (f"function:{record.name}'" in machine) is (record in invoked_by(Invoker.STATE_MACHINE)), record.name


def test_records_are_read_without_cdktf() -> None:
    check = f"{CHEAP}; sys.exit(any(name in sys.modules for name in ('cdktf', 'jsii', 'constructs')))"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
