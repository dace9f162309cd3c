"""A stand-in for S3 that costs as little as it can, so that what is measured is the program that talks to it.

``python -m bench.object_store FILE SIZE [--latency S] [--parts DIRECTORY]`` serves objects of SIZE bytes, windows of
one FILE, and takes multipart uploads: it reads what is sent and forgets it, or keeps each part as a file of DIRECTORY.
It knows only the requests that the ZIP function and its peers send. Prints its port.
"""

import argparse
import http.server
import os
import re
import socketserver
import time
import urllib.parse
from pathlib import Path
from typing import Any, Final

WINDOWS: Final = 16  # different beginnings in the file, so that neighbours differ
_CHUNK: Final = 2**20
_OBJECT: Final = re.compile(r"/[^/]+/(.+/processed/photo/.+/(\d+)\.jpg)")


def window(index: int) -> int:
    """Where in the file the object of that index begins."""
    return index % WINDOWS * 4099


class _State:
    def __init__(self, blob: Path, size: int, latency: float, parts: Path | None) -> None:
        self.file = os.open(blob, os.O_RDONLY)
        self.size = size
        self.latency = latency  # seconds from a request to its answer's first byte
        self.parts = parts
        self.memory: dict[str, bytes] = {}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: _State

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line per request would be work of its own."""

    def do_HEAD(self) -> None:
        found = self._find()
        self._answer(404 if found is None else 200, length=0 if found is None else found[1])

    def do_GET(self) -> None:
        path, query = self._address()
        if "list-type" in query:
            keys = [key for key in sorted(self.state.memory) if key.startswith(query.get("prefix", ""))]
            contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
            self._answer(
                200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
            )
        elif path in self.state.memory:
            self._answer(200, self.state.memory[path])
        elif found := self._find():
            offset, size = found
            start, stop = self._range("Range", size)
            self._answer(206, length=stop - start)
            self._send_file(offset + start, stop - start)
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_PUT(self) -> None:
        path, query = self._address()
        number = query.get("partNumber")
        if source := self.headers.get("x-amz-copy-source"):
            index = int(Path(source).stem)
            start, stop = self._range("x-amz-copy-source-range", self.state.size)
            self._copy(number or "", window(index) + start, stop - start)
            self._answer(200, b'<CopyPartResult><ETag>"part"</ETag></CopyPartResult>')
        elif number:
            self._receive(number)
            self._answer(200)
        else:
            self.state.memory[path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "uploads" in self._address()[1]:
            self._answer(200, b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        else:
            self._answer(200, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")

    def _address(self) -> tuple[str, dict[str, str]]:
        url = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(url.path).split("/", 2)[-1]
        return key, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))

    def _find(self) -> tuple[int, int] | None:
        match = _OBJECT.fullmatch(urllib.parse.urlsplit(self.path).path)
        return (window(int(match[2])), self.state.size) if match else None

    def _range(self, header: str, size: int) -> tuple[int, int]:
        value = self.headers.get(header)
        if not value:
            return 0, size
        first, last = value.removeprefix("bytes=").split("-")
        return int(first), int(last) + 1

    def _answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        time.sleep(self.state.latency)
        self.send_response_only(status)
        self.send_header("ETag", '"part"')
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, offset: int, size: int) -> None:
        while size:
            sent = os.sendfile(self.connection.fileno(), self.state.file, offset, size)
            offset, size = offset + sent, size - sent

    def _copy(self, number: str, offset: int, size: int) -> None:
        with self._part(number) as part:
            while size:
                chunk = os.pread(self.state.file, min(size, _CHUNK), offset)
                part.write(chunk)
                offset, size = offset + len(chunk), size - len(chunk)

    def _receive(self, number: str) -> None:
        left, buffer = int(self.headers["Content-Length"]), memoryview(bytearray(_CHUNK))
        with self._part(number) as part:
            while left:
                taken = self.rfile.readinto(buffer[: min(left, _CHUNK)])
                part.write(buffer[:taken])
                left -= taken

    def _part(self, number: str) -> Any:
        path = self.state.parts / f"{int(number):05d}" if self.state.parts else Path(os.devnull)
        return path.open("wb", buffering=0)


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("size", type=int)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--parts", type=Path)
    chosen = parser.parse_args()
    _Handler.state = _State(chosen.file, chosen.size, chosen.latency, chosen.parts)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
