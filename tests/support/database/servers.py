"""Real servers under test, started when they are asked for first."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from localstack.local_platform.database import MySql
from tests.support.database.mariadb import PROGRAM, MariaDb

ENGINES: Final = ["mysql", "mariadb"] if shutil.which(PROGRAM) else ["mysql"]
# A commit need not survive a power cut here, but must survive the server's own death.
FAST: Final = ("--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--sync-binlog=0")
# What production has: the documentation's commands look at both.
AS_IN_PRODUCTION: Final = ("--log-bin=binlog", "--performance-schema=ON")


class Servers(dict[str, MySql | MariaDb]):
    """A server of each engine, by the engine's name."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        super().__init__()
        self._directory = directory
        self._stack = stack

    def __missing__(self, engine: str) -> MySql | MariaDb:
        server: MySql | MariaDb
        if engine == "mysql":
            server = MySql(self._directory, options=(*FAST, *AS_IN_PRODUCTION))
        else:
            server = MariaDb(self._directory)
        self._stack.enter_context(server)
        self[engine] = server
        return server
