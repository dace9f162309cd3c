"""HashiCorp go-plugin: how Terraform and a provider process find and trust each other.

Terraform starts the process, reads one handshake line from its standard output and speaks gRPC over the socket named
there. Everything else the process has to say goes to standard error, which Terraform keeps in its log.
"""

import base64
import datetime
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from tf.gen import (  # type: ignore[import-untyped]
    grpc_controller_pb2,
    grpc_controller_pb2_grpc,
    grpc_stdio_pb2_grpc,
    tfplugin_pb2_grpc,
)

from toq_aws_provider.server import Provider

# Not a secret: the value by which every Terraform provider recognises that Terraform started it.
MAGIC_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
WORKERS = 24  # above Terraform's default of 10 parallel operations, so that reads never queue behind waits
SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107 for a Unix socket address
ORPHAN_CHECK_SECONDS = 2.0


class _Controller(grpc_controller_pb2_grpc.GRPCControllerServicer):  # type: ignore[misc]  # generated without types
    """Ends the process when Terraform says so."""

    def __init__(self, socket_directory: Path) -> None:
        self._socket_directory = socket_directory

    def Shutdown(self, request: object, context: grpc.ServicerContext) -> object:
        # Terraform waits two seconds for the end and then kills: leave as soon as the answer is on its way.
        threading.Timer(0.02, _leave, (self._socket_directory,)).start()
        return grpc_controller_pb2.Empty()


class _Stdio(grpc_stdio_pb2_grpc.GRPCStdioServicer):  # type: ignore[misc]  # generated without types
    """go-plugin asks for a stream of the plugin's output; ours goes to standard error instead."""

    def StreamStdio(self, request: object, context: grpc.ServicerContext) -> Iterator[object]:
        return iter(())


def serve() -> None:
    """Answer Terraform until it shuts the process down.

    Raises
    ------
    SystemExit
        When something other than Terraform started the process.
    """
    if os.environ.get("TF_PLUGIN_MAGIC_COOKIE") != MAGIC_COOKIE:
        sys.exit("This is a Terraform provider: Terraform starts it. See localstack/aws_provider/README.md.")
    # Ctrl-C reaches the whole process group, but Terraform decides when a provider stops (it lets applies finish).
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    directory = _socket_directory()
    signal.signal(signal.SIGTERM, lambda number, frame: _leave(directory))
    address = f"unix:{directory / 's'}"
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=[("grpc.max_receive_message_length", -1)])
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(Provider(), server)
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(_Stdio(), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(directory), server)
    certificate = ""
    if os.environ.get("PLUGIN_CLIENT_CERT"):
        # AutoMTLS. Terraform's own certificate is ECDSA P-521, which gRPC's BoringSSL refuses, so only this side proves
        # itself; the socket's directory (0700) keeps other users out.
        key, chain, der = _self_signed()
        server.add_secure_port(address, grpc.ssl_server_credentials([(key, chain)]))
        certificate = base64.b64encode(der).decode().rstrip("=")
    else:
        server.add_insecure_port(address)
    server.start()
    threading.Thread(target=_leave_with_parent, args=(os.getppid(), directory), daemon=True).start()
    print(f"1|6|unix|{directory / 's'}|grpc|{certificate}", flush=True)
    server.wait_for_termination()


def _socket_directory() -> Path:
    """A private directory whose path is short enough for a Unix socket, whatever TMPDIR is."""
    directory = tempfile.mkdtemp(prefix="toq-aws-")
    if len(directory) > SOCKET_PATH_LIMIT:
        Path(directory).rmdir()
        directory = tempfile.mkdtemp(prefix="toq-aws-", dir="/tmp")
    return Path(directory)


def _leave(socket_directory: Path) -> None:
    shutil.rmtree(socket_directory, ignore_errors=True)
    os._exit(0)


def _leave_with_parent(parent: int, socket_directory: Path) -> None:
    """A killed Terraform sends no Shutdown; do not outlive it."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_SECONDS)
    _leave(socket_directory)


def _self_signed() -> tuple[bytes, bytes, bytes]:
    """Private key (PEM), certificate (PEM) and certificate (DER) for `localhost`, good for this process only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (
        pem,
        certificate.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.DER),
    )
