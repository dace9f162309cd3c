"""What a browser shows: Chromium opens every file in one page, which tells what it sees."""

import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, override

from conformance.views import GRID, RIM, PhotoView, Refusal, VideoView, View, as_cells

_SECONDS: Final = 180
_PHOTOS: Final = frozenset({".jpg", ".png", ".webp", ".avif"})
_VIDEOS: Final = frozenset({".mp4", ".mov"})
_PAGE: Final = """<!doctype html><script type="module">
const grid = GRID, rim = RIM, names = NAMES;
function cells(image, width, height) {
  const canvas = new OffscreenCanvas(width, height), paper = canvas.getContext("2d", {colorSpace: "srgb"});
  paper.fillStyle = "white"; paper.fillRect(0, 0, width, height); paper.drawImage(image, 0, 0, width, height);
  const found = [];
  for (let row = 0; row < grid; row++) for (let column = 0; column < grid; column++) {
    const [x, y] = [Math.round((column + rim) * width / grid), Math.round((row + rim) * height / grid)];
    const w = Math.round((column + 1 - rim) * width / grid) - x, h = Math.round((row + 1 - rim) * height / grid) - y;
    const data = paper.getImageData(x, y, w, h).data;
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let at = channel; at < data.length; at += 4) sum += data[at];
      found.push(sum / (w * h));
    }
  }
  return found;
}
const when = (target, good, bad) => new Promise((done, failed) => {
  target.addEventListener(good, done, {once: true}); target.addEventListener(bad, failed, {once: true});
  setTimeout(failed, 10000);
});
async function photo(name) {
  const image = new Image(), loaded = when(image, "load", "error");
  image.src = name; await loaded;
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  return {width, height, cells: cells(image, width, height)};
}
async function video(name) {
  const player = document.createElement("video"), loaded = when(player, "loadedmetadata", "error");
  player.src = name; await loaded;
  return {width: player.videoWidth, height: player.videoHeight, seconds: player.duration};
}
const seen = {};
for (const name of names) {
  try { seen[name] = await (/[.](mp4|mov)$/.test(name) ? video : photo)(encodeURIComponent(name)); }
  catch (error) { seen[name] = null; }
}
await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
</script>"""


class Chromium:
    """The browser, by one name for photos and videos."""

    name = "chromium"

    @property
    def program(self) -> str | None:
        """Where it is installed; None when it is not."""
        names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        return next(filter(None, map(shutil.which, names)), None)

    def see(self, files: Iterable[Path]) -> dict[Path, View]:
        """How each file looks that a browser is expected to show; a video that it has no decoder for is left out."""
        shown = {file.name: file for file in files if file.suffix in _PHOTOS | _VIDEOS}
        if not shown:
            return {}
        folder = next(iter(shown.values())).parent
        answers = self._ask(folder, list(shown))
        views = {file: _view(file, answers.get(name)) for name, file in shown.items()}
        return {file: view for file, view in views.items() if view is not None}

    def _ask(self, folder: Path, names: list[str]) -> dict[str, Any]:
        page = _PAGE.replace("GRID", str(GRID), 1).replace("RIM", str(RIM), 1).replace("NAMES", json.dumps(names), 1)
        told: list[bytes] = []
        arrived = threading.Event()
        handler = partial(_Files, page.encode(), told, arrived, directory=str(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, tempfile.TemporaryDirectory() as profile:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            assert self.program  # noqa: S101 - asked for before
            # It opens nothing but our own files, so that it may run without a sandbox, as in a container it must.
            command = [self.program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
            page_address = f"http://127.0.0.1:{server.server_port}/page"
            browser = subprocess.Popen(
                [*command, "--remote-debugging-port=0", page_address],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            arrived.wait(_SECONDS)
            browser.terminate()
            browser.wait(30)
            server.shutdown()
        answers: dict[str, Any] = json.loads(told[0]) if told else {}
        return answers


class _Files(SimpleHTTPRequestHandler):
    """Serves the page and the files, and takes what the page has to tell."""

    def __init__(self, page: bytes, told: list[bytes], arrived: threading.Event, *rest: Any, **options: Any) -> None:
        self._page, self._told, self._arrived = page, told, arrived
        super().__init__(*rest, **options)

    @override
    def do_GET(self) -> None:
        if self.path != "/page":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self._page)))
        self.end_headers()
        self.wfile.write(self._page)

    def do_POST(self) -> None:
        """What the page has seen."""
        self._told.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self._arrived.set()

    @override
    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the report is all that is printed."""


def _view(file: Path, answer: dict[str, Any] | None) -> View | None:
    if file.suffix in _VIDEOS:
        return VideoView(answer["width"], answer["height"], answer["seconds"]) if answer and answer["width"] else None
    if answer is None:
        return Refusal("the browser shows a broken image")
    return PhotoView(answer["width"], answer["height"], as_cells(answer["cells"]))
