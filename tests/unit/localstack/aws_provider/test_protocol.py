"""The provider process as Terraform starts it: handshake, private socket, end."""

import base64
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from tf.gen import grpc_controller_pb2, grpc_controller_pb2_grpc  # type: ignore[import-untyped]

from tests.support.waiting import wait_until
from toq_aws_provider.protocol import MAGIC_COOKIE

START_CPU_SECONDS = 0.8  # 0.2 measured; three starts make a plan
DEADLINE = 20.0


@pytest.fixture
def process(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    surroundings = {
        "PATH": os.environ["PATH"],
        "TF_PLUGIN_MAGIC_COOKIE": MAGIC_COOKIE,
        "PLUGIN_CLIENT_CERT": "a certificate that asks for TLS",
        "TMPDIR": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "toq_aws_provider"], cwd="/", env=surroundings, stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def handshake(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().strip().split("|")


def test_the_handshake_names_protocol_six_a_socket_and_a_certificate_for_localhost(
    process: "subprocess.Popen[str]",
) -> None:
    core, protocol, network, _, transport, certificate = handshake(process)
    assert (core, protocol, network, transport) == ("1", "6", "unix", "grpc")
    parsed = x509.load_der_x509_certificate(base64.b64decode(certificate + "=" * (-len(certificate) % 4)))
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]


def test_only_the_user_can_reach_the_socket(process: "subprocess.Popen[str]") -> None:
    folder = Path(handshake(process)[3]).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_starts_quickly(process: "subprocess.Popen[str]") -> None:
    handshake(process)
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # user and system time
    assert ticks / os.sysconf("SC_CLK_TCK") < START_CPU_SECONDS


def test_an_interrupt_is_left_to_terraform_and_a_shutdown_ends_it(process: "subprocess.Popen[str]") -> None:
    *_, address, _, certificate = handshake(process)
    process.send_signal(signal.SIGINT)
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate}{'=' * (-len(certificate) % 4)}\n-----END CERTIFICATE-----\n"
    credentials = grpc.ssl_channel_credentials(pem.encode())
    options = (("grpc.ssl_target_name_override", "localhost"),)
    with grpc.secure_channel(f"unix:{address}", credentials, options) as channel:
        grpc_controller_pb2_grpc.GRPCControllerStub(channel).Shutdown(grpc_controller_pb2.Empty(), timeout=DEADLINE)
    assert process.wait(DEADLINE) == 0
    assert not Path(address).parent.exists()


def test_it_does_not_outlive_a_killed_terraform(tmp_path: Path) -> None:
    """A parent that starts the provider, prints its process id and is killed leaves no provider."""
    parent = (
        "import subprocess, sys, time\n"
        "it = subprocess.Popen([sys.executable, '-m', 'toq_aws_provider'], stdout=subprocess.PIPE)\n"
        "it.stdout.readline()\nprint(it.pid, flush=True)\ntime.sleep(60)\n"
    )
    surroundings = {**os.environ, "TF_PLUGIN_MAGIC_COOKIE": MAGIC_COOKIE}
    surroundings["TMPDIR"] = str(tmp_path)
    with subprocess.Popen([sys.executable, "-c", parent], env=surroundings, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        provider = int(it.stdout.readline())
        it.kill()
    command_line = Path(f"/proc/{provider}/cmdline")  # empty once the process is only waited for

    def provider_is_gone() -> bool:
        return not command_line.exists() or not command_line.read_bytes()

    wait_until(provider_is_gone, DEADLINE)
    assert list(tmp_path.iterdir()) == []
