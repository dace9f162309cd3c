"""``python -m operations.migrate up|rollback|dry-run|status``: the database part of a deployment.

DATABASE_URL (or --database-url) is mysql://USER:PASSWORD@HOST:PORT/SCHEMA, with ?tls=true where the network is not
trusted. Exit code 0: done; 1: status found an object that is not as its migrations left it; 2: refused, with the cause
and the remedy on one line.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pymysql

from operations.migrate import migrations, snapshot
from operations.migrate.database_url import FORM, DatabaseUrl
from operations.migrate.errors import RefusedError
from operations.migrate.migrator import Migrator
from operations.migrate.server import Server, session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        url = DatabaseUrl.parse(options.database_url)
        with session(url, options.wait, options.ddl_wait) as server:
            print(f"{options.command} on {server}", flush=True)
            return _dispatch(options, server)
    except RefusedError as error:
        print(f"migrate: {error}", file=sys.stderr)
    except pymysql.MySQLError as error:
        print(f"migrate: the server refused ({error}): run again, or see docs/database.md", file=sys.stderr)
    except KeyboardInterrupt:
        print("migrate: interrupted: run again, it finishes what was begun", file=sys.stderr)
        return 130
    return 2


def _dispatch(options: argparse.Namespace, server: Server) -> int:
    if options.command == "snapshot":
        snapshot.take(server, options.migrations)
        return 0
    migrator = Migrator(server, migrations.load(options.migrations), lambda line: print(line, flush=True))
    match options.command:
        case "up":
            migrator.up(options.lock_wait)
        case "rollback":
            migrator.rollback(options.lock_wait, options.steps, options.lose_rows_of)
        case "dry-run":
            migrator.dry_run()
        case "status":
            return 0 if migrator.status() else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--database-url", default=os.environ.get("DATABASE_URL", ""), help=f"default: DATABASE_URL; {FORM}"
    )
    common.add_argument("--migrations", type=Path, default=Path("migrations"), help="folder of the SQL files")
    common.add_argument(
        "--wait", type=float, default=30, metavar="SECONDS", help="for the server to come up (default: 30)"
    )
    common.add_argument(
        "--lock-wait", type=int, default=60, metavar="SECONDS", help="for another run to end (default: 60)"
    )
    common.add_argument(
        "--ddl-wait", type=int, default=5, metavar="SECONDS", help="for a table that is in use (default: 5)"
    )
    parser = argparse.ArgumentParser(prog="python -m operations.migrate", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "up", parents=[common], help="apply what is pending, and finish what an earlier run left half-done"
    )
    commands.add_parser("dry-run", parents=[common], help="make every check of up, show its SQL, change nothing")
    commands.add_parser("status", parents=[common], help="show where each migration stands")
    commands.add_parser("snapshot", parents=[common], help="for maintainers: rewrite schema.sql and introspection/")
    rollback = commands.add_parser("rollback", parents=[common], help="undo the newest migration")
    rollback.add_argument("--steps", type=_count, default=1, help="how many migrations to undo (default: 1)")
    rollback.add_argument(
        "--lose-rows-of", nargs="*", default=[], metavar="TABLE", help="tables that may be dropped with rows in them"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
