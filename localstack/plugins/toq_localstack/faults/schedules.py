"""EventBridge's rules with a rate of minutes, run as often as the board's time says."""

import re
import threading
import time
from typing import Any, Final

from localstack.services.events.scheduler import JobScheduler

from toq_localstack.faults.board import BOARD

_EVERY_MINUTES: Final = re.compile(r"\*/(\d+) \* \* \* \*")  # what LocalStack makes of rate(N minutes)
# Work is no faster than on AWS: what a schedule starts must be done before the next time.
LEAST_PAUSE: Final = 40.0


def install() -> None:
    """Look at the rules every second while time is shortened; LocalStack itself looks once a minute."""
    threading.Thread(target=run_for_ever, name="toq-schedules", daemon=True).start()


def run_for_ever() -> None:
    """Run each rule when its shortened pause is over."""
    last: dict[str, float] = {}
    while True:
        time.sleep(1)
        if BOARD.time_factor == 1:
            last.clear()
            continue
        scheduler: Any = JobScheduler
        for job in list(scheduler.instance().jobs):
            if (every := _EVERY_MINUTES.match(job.schedule)) is None or not job.is_enabled:
                continue
            now = time.monotonic()
            if now >= last.setdefault(job.job_id, now) + max(LEAST_PAUSE, BOARD.shortened(60 * int(every[1]))):
                last[job.job_id] = now
                job.do_run()
