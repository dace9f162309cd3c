"""A store on loopback that speaks HTTPS, as S3 does, and costs as little as it can.

``python -m bench.photo_store FILE FOLDER`` answers every GET with FILE and forgets what is PUT. Writes its certificate
to ``FOLDER/certificate.pem`` and prints its port.
"""

import datetime
import http.server
import ipaddress
import socketserver
import ssl
import sys
from pathlib import Path
from typing import Any, ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_CHUNK: Final = 2**20


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    content: ClassVar[bytes] = b""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line per request would be work of its own."""

    def do_GET(self) -> None:
        self._answer(self.content)

    def do_PUT(self) -> None:
        left, buffer = int(self.headers["Content-Length"]), memoryview(bytearray(_CHUNK))
        while left:
            left -= self.rfile.readinto(buffer[: min(left, _CHUNK)])
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response_only(200)
        self.send_header("ETag", '"photo"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main(photo: str, folder: str) -> None:
    """Serve until the process is ended."""
    _Handler.content = Path(photo).read_bytes()
    certificate = Path(folder) / "certificate.pem"
    key = Path(folder) / "key.pem"
    _write_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()


def _write_certificate(certificate: Path, key: Path) -> None:
    secret, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench.photo_store")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))


if __name__ == "__main__":
    main(*sys.argv[1:])
