"""Builds the real AWS provider from the Go module proxy: ``python -m toolchain.provider_build`` (`make provider`).

Terraform's registry is not within reach everywhere; the Go module proxy serves the provider's source. Built without the
services that no stack uses it takes a few minutes and 3 GB of memory instead of half an hour and 12 GB. What is built
is the provider itself: two generated lists of services are replaced by shorter ones through Go's own ``-overlay``. The
result stands in the user's cache folder, as a filesystem mirror of the registry.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from toolchain.errors import SetupError
from toolchain.go import find_go
from toolchain.interpreters import last_line
from toolchain.paths import ROOT
from toolchain.terraform_provider import built_binary, built_mirror

MODULE: Final = "github.com/hashicorp/terraform-provider-aws"
# The one version that the proxy serves; its code is that of 6.47.
VERSION: Final = "v1.60.1-0.20260602190131-5f2286d6d836"
GOLDEN: Final = ROOT / "tests/infrastructure/golden"
# Generated lists of all services and of their clients.
_PACKAGES: Final = "internal/provider/sdkv2/service_packages_gen.go"
_CLIENTS: Final = "internal/conns/awsclient_gen.go"
_TYPE: Final = re.compile(r'TypeName: +"(aws_\w+)"')
_IMPORT: Final = re.compile(rf'"{re.escape(MODULE)}/(internal/[\w/]+)"')
_CLIENT: Final = re.compile(r"func \(c \*AWSClient\) (\w+Client)\(.*?\) \*(\w+)\.Client \{\n.*?\n\}\n", re.DOTALL)
# The provider asks these for its own account and region, and for tags, whatever the stack holds.
_ALWAYS: Final = frozenset({"meta", "s3control", "sts"})


class ProviderSource:
    """The provider's source in a folder that may be written to.

    Parameters
    ----------
    root
        A copy of the module. Go refuses to overlay files in its own module cache.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def services(self, types: Iterable[str]) -> set[str]:
        """Folders under ``internal/service`` that serve resource and data source types.

        Raises
        ------
        SetupError
            No service has one of the types.
        """
        wanted, found = set(types), set(_ALWAYS)
        for file in sorted(self.root.glob("internal/service/*/service_package_gen.go")):
            served = wanted & set(_TYPE.findall(file.read_text(encoding="utf-8")))
            if served:
                found.add(file.parent.name)
                wanted -= served
        if wanted:
            raise SetupError(f"the AWS provider {VERSION} has no {', '.join(sorted(wanted))}: check the stack's types")
        return found

    def overlay(self, services: set[str], folder: Path) -> Path:
        """Write both lists without the other services, and the file that `go build -overlay` takes."""
        clients = (self.root / _CLIENTS).read_text(encoding="utf-8")
        lists = {
            _PACKAGES: _without_packages((self.root / _PACKAGES).read_text(encoding="utf-8"), services),
            _CLIENTS: _without_clients(clients, self._clients_used(services)),
        }
        folder.mkdir(parents=True, exist_ok=True)
        replaced = {}
        for name, text in lists.items():
            short = folder / Path(name).name
            short.write_text(text, encoding="utf-8")
            replaced[str(self.root / name)] = str(short)
        written = folder / "overlay.json"
        written.write_text(json.dumps({"Replace": replaced}), encoding="utf-8")
        return written

    def _clients_used(self, services: set[str]) -> set[str]:
        """Methods by which the services, and what they import, ask for clients of AWS."""
        waiting = [f"internal/service/{service}" for service in services]
        waiting += [
            str(folder.relative_to(self.root))
            for folder in (self.root / "internal/provider").rglob("*")
            if folder.is_dir()
        ]
        waiting += ["internal/provider", "internal/conns"]
        seen, used = set[str](), set[str]()
        while waiting:
            package = waiting.pop()
            if package in seen:
                continue
            seen.add(package)
            for file in (self.root / package).glob("*.go"):
                if file.name.endswith("_test.go") or str(file.relative_to(self.root)) in (_PACKAGES, _CLIENTS):
                    continue
                text = file.read_text(encoding="utf-8")
                used.update(re.findall(r"\.(\w+Client)\(", text))
                waiting += _IMPORT.findall(text)
        return used


def _without_packages(text: str, services: set[str]) -> str:
    """The list of service packages, imports and calls of the others left out."""

    def stays(line: str) -> bool:
        named = re.search(r'/internal/service/(\w+)"$', line) or re.match(r"\s+(\w+)\.ServicePackage\(ctx\),$", line)
        return named is None or named[1] in services

    return "\n".join(filter(stays, text.split("\n")))


def _without_clients(text: str, used: set[str]) -> str:
    """The clients' methods that are used, with the imports that these need."""
    kept = [match for match in _CLIENT.finditer(text) if match[1] in used]
    packages = {match[2] for match in kept}

    def stays(line: str) -> bool:
        named = re.match(r'\s+(?:(\w+) )?"github\.com/aws/aws-sdk-go-v2/service/([\w/]+)"$', line)
        return named is None or (named[1] or named[2].rsplit("/", 1)[-1]) in packages

    head = text[: text.index("func (c *AWSClient)")]
    return "\n".join(filter(stays, head.split("\n"))) + "\n".join(match[0] for match in kept)


def stack_types(folder: Path = GOLDEN) -> set[str]:
    """Resource and data source types of every environment's emitted Terraform."""
    documents: list[Mapping[str, Any]] = [json.loads(file.read_text()) for file in sorted(folder.glob("*.tf.json"))]
    return {name for document in documents for kind in ("resource", "data") for name in document.get(kind, {})}


def download(go: Path) -> Path:
    """The module's folder in Go's cache.

    Raises
    ------
    SetupError
        The proxy does not serve it.
    """
    done = subprocess.run(
        [go, "mod", "download", "-json", f"{MODULE}@{VERSION}"], capture_output=True, text=True, check=False
    )
    answer: dict[str, str] = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in answer:
        reason = answer.get("Error") or last_line(done.stderr)
        raise SetupError(f"the Go module proxy does not serve {MODULE}@{VERSION} ({reason}): check GOPROXY")
    return Path(answer["Dir"])


@contextlib.contextmanager
def unpacked(go: Path) -> Iterator[ProviderSource]:
    """A copy of the module, in one place of the cache folder, so that Go's own cache knows it again the next time.

    Raises
    ------
    SetupError
        The proxy does not serve the module.
    """
    work = built_mirror() / "work"
    shutil.rmtree(work, ignore_errors=True)
    try:
        shutil.copytree(download(go), work / "source", copy_function=shutil.copyfile)
        yield ProviderSource(work / "source")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def compile_provider(go: Path, source: Path, target: Path, options: Sequence[str]) -> None:
    """Run `go build` and say how far it is.

    Raises
    ------
    SetupError
        It failed; with Go's last line.
    """
    listed = subprocess.run(
        [go, "list", *options, "-deps", "."], cwd=source, capture_output=True, text=True, check=False
    ).stdout
    packages = max(1, listed.count("\n"))
    command: list[str | Path] = [go, "build", "-v", *options, "-ldflags", "-s -w", "-o", target, "."]
    last, done = "", 0
    with subprocess.Popen(command, cwd=source, stderr=subprocess.PIPE, text=True) as build:
        for line in build.stderr or ():
            if line.startswith("go: downloading"):
                continue
            last, done = line.strip(), done + 1
            print(f"\r  compiled {done} packages, at most {packages}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if build.returncode:
        raise SetupError(f"the AWS provider cannot be built ({last}): it needs 3 GB of memory and Go's module proxy")


def build(*, full: bool = False) -> Path:
    """Build the provider into the cache folder, unless it is there.

    Parameters
    ----------
    full
        With all services, unmodified.

    Raises
    ------
    SetupError
        There is no Go, no source, or not enough memory.
    """
    binary = built_binary()
    stamp = binary.with_name("built-from.json")
    types = stack_types()
    wanted = {"version": VERSION, "types": "all" if full else sorted(types)}
    if binary.exists() and stamp.exists() and json.loads(stamp.read_text()) == wanted:
        print(f"built already: {binary}", file=sys.stderr)
        return binary
    go, started = find_go(), time.monotonic()
    binary.parent.mkdir(parents=True, exist_ok=True)
    with unpacked(go) as provider:
        options: list[str] = []
        if not full:
            overlay = provider.overlay(provider.services(types), provider.root.parent / "overlay")
            options = ["-overlay", str(overlay)]
        partial = binary.with_name(f"{binary.name}.{os.getpid()}")
        compile_provider(go, provider.root, partial, options)
        partial.replace(binary)
    stamp.write_text(json.dumps(wanted))
    size = binary.stat().st_size / 1e6
    print(f"built in {time.monotonic() - started:.0f} s, {size:.0f} MB: {binary}", file=sys.stderr)
    return binary


def main(arguments: Sequence[str]) -> int:
    """Build from the command line; 2 when it cannot be built."""
    parser = argparse.ArgumentParser(prog="make provider", description="Build the real AWS provider.")
    parser.add_argument("--full", action="store_true", help="with all services, unmodified: half an hour, 12 GB")
    try:
        build(full=parser.parse_args(arguments).full)
    except SetupError as error:
        print(f"provider: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
