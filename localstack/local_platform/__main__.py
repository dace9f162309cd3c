"""``python -m localstack.local_platform up | down | status | attach -- COMMAND | run -- COMMAND``.

`up` leaves a platform running in the background until `down`, and `attach` leads one command to its deployed stack;
`run` starts a platform of its own for one command.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Final

import psutil
from rich.console import Console

from localstack.local_platform.endpoints import Endpoints
from localstack.local_platform.errors import StartError
from localstack.local_platform.lifetime import end_on_sigterm
from localstack.local_platform.platform import Platform
from localstack.local_platform.service import clean_environment
from toolchain.errors import SetupError
from toolchain.paths import ROOT, UP_STATE

LOG: Final = UP_STATE.with_name("platform.log")
_STOP_SECONDS: Final = 60.0

console = Console(stderr=True, highlight=False)


def show_phase(phase: str, seconds: float) -> None:
    """One line of progress."""
    console.print(f"  [green]✓[/] {phase:<22} [dim]{seconds:5.1f} s[/]")


def up(arguments: argparse.Namespace) -> int:
    """Start the background process and pass its progress on until the platform runs."""
    if running := Endpoints.read(UP_STATE):
        console.print(f"already running (process {running.pid})")
        show(running)
        return 0
    LOG.parent.mkdir(parents=True, exist_ok=True)
    UP_STATE.unlink(missing_ok=True)
    ports = [f"--{name}-port={port}" for name, port in chosen_ports(arguments).items()]
    with LOG.open("wb") as log:
        owner = subprocess.Popen(
            [sys.executable, "-m", "localstack.local_platform", "serve", *ports],
            cwd=ROOT,
            env=clean_environment(**kept_settings()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        endpoints = follow(owner)
    except BaseException:  # Ctrl-C or SIGTERM: what was begun is not left behind
        owner.terminate()
        owner.wait()
        raise
    if endpoints is None:
        return owner.returncode or 1
    show(endpoints)
    console.print("stop it with `make down`")
    return 0


def follow(owner: "subprocess.Popen[bytes]") -> Endpoints | None:
    """Print what the background process writes, until its platform runs or it ends (None)."""
    with LOG.open() as log:
        while True:
            ended = owner.poll() is not None
            sys.stderr.write(log.read())
            sys.stderr.flush()
            if ended:
                return None
            if endpoints := Endpoints.read(UP_STATE):
                return endpoints
            time.sleep(0.05)


def serve(arguments: argparse.Namespace) -> int:
    """What runs in the background: a platform until SIGTERM."""
    stop = threading.Event()
    with Platform(UP_STATE.parent.name, **platform_ports(arguments), report=show_phase) as platform:
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        platform.endpoints.write(UP_STATE)
        try:
            stop.wait()
        finally:
            UP_STATE.unlink(missing_ok=True)
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Stop the background platform and wait until nothing of it is left."""
    running = Endpoints.read(UP_STATE)
    if running is None:
        console.print("no platform is running")
        return 0
    owner = psutil.Process(running.pid)
    processes = [owner, *owner.children(recursive=True)]
    owner.terminate()
    _, left = psutil.wait_procs(processes, timeout=_STOP_SECONDS)
    if left:
        console.print(f"error: still running after {_STOP_SECONDS:.0f} s: {', '.join(str(each.pid) for each in left)}")
        return 1
    console.print("stopped")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print where the background platform is reached; 1 when there is none."""
    running = Endpoints.read(UP_STATE)
    if running is None:
        console.print("no platform is running: start one with `make up`")
        return 1
    show(running)
    return 0


def attach(arguments: argparse.Namespace) -> int:
    """Become the command, with the variables that lead to the background platform's deployed stack."""
    if not arguments.command:
        raise SetupError("attach needs a command: python -m localstack.local_platform attach -- COMMAND")
    running = Endpoints.read(UP_STATE)
    if running is None:
        raise SetupError("ENV=local needs the local platform: start it with `make up`")
    os.execvpe(arguments.command[0], arguments.command, {**os.environ, **running.deployment_environment})  # noqa: S606 - an argument list, on purpose without a shell


def run(arguments: argparse.Namespace) -> int:
    """Start a platform, run the command with its environment, stop the platform; the command's exit code."""
    if not arguments.command:
        raise SetupError("run needs a command: python -m localstack.local_platform run -- COMMAND")
    with Platform(arguments.name, **platform_ports(arguments), report=show_phase) as platform:
        environment = {**os.environ, **platform.endpoints.environment}
        return subprocess.run(arguments.command, env=environment, check=False).returncode


def show(endpoints: Endpoints) -> None:
    """The addresses, as `export` lines that a shell can evaluate."""
    for name, value in endpoints.environment.items():
        if name not in ("NO_PROXY", "no_proxy"):
            print(f"export {name}={value}")


def kept_settings() -> dict[str, str]:
    """Of the variables that services must not see, those that the platform itself reads."""
    return {name: os.environ[name] for name in ("PROVIDER", "DATABASE_URL", "TOQ_OUTPUTS") if name in os.environ}


def chosen_ports(arguments: argparse.Namespace) -> dict[str, int]:
    """Fixed ports of the command line by part."""
    ports = {"gateway": arguments.gateway_port, "database": arguments.database_port, "backend": arguments.backend_port}
    return {name: port for name, port in ports.items() if port is not None}


def platform_ports(arguments: argparse.Namespace) -> dict[str, int]:
    """The same as arguments of `Platform`."""
    return {f"{name}_port": port for name, port in chosen_ports(arguments).items()}


def main(words: list[str]) -> int:
    """Read the command line; exit code 2 for what the user can put right, 1 for a failed start."""
    parser = argparse.ArgumentParser(prog="python -m localstack.local_platform", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (up, down, status, attach, run, serve):
        sub = commands.add_parser(command.__name__, help=(command.__doc__ or "").split("\n")[0])
        sub.set_defaults(do=command)
        for part in ("gateway", "database", "backend"):
            sub.add_argument(f"--{part}-port", type=int, help="instead of a free one")
        if command is run:
            sub.add_argument("--name", default="run", help="of its folder under build/platform")
        if command in (attach, run):
            sub.add_argument("command", nargs="*", help="after --")
    arguments = parser.parse_args(words)
    end_on_sigterm()
    try:
        code: int = arguments.do(arguments)
    except (SetupError, StartError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
