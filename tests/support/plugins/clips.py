"""Film clips for tests, drawn by ffmpeg: small, and different in what a transcoder must get right."""

import subprocess
from pathlib import Path


class Clips:
    """Makes each clip once.

    Parameters
    ----------
    folder
        Where they are kept.
    ffmpeg
        The binary that draws them.
    """

    def __init__(self, folder: Path, ffmpeg: str) -> None:
        self._folder = folder
        self._ffmpeg = ffmpeg

    def film(self, size: str = "640x360", *, rate: int = 24, seconds: float = 1, sound: bool = True) -> Path:
        """A test picture with or without a tone."""
        file = self._folder / f"{size}-{rate}-{seconds}-{sound}.mp4"
        tone = ["-f", "lavfi", "-i", f"sine=duration={seconds}"] if sound else []
        codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *(["-c:a", "aac"] if sound else [])]
        return self._make(
            file, ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}", *tone, *codecs]
        )

    def rotated(self, degrees: int) -> Path:
        """A 640x360 film that a player turns, as phones write it."""
        file = self._folder / f"rotated-{degrees}.mp4"
        return self._make(file, ["-display_rotation", str(degrees), "-i", str(self.film()), "-c", "copy"])

    def long(self) -> Path:
        """Two minutes that take a transcoder a while: one second, repeated without encoding it again."""
        repeat = ["-stream_loop", "119", "-i", str(self.film("1280x720", rate=60, sound=False)), "-c", "copy"]
        return self._make(self._folder / "long.mp4", repeat)

    def sound_only(self) -> Path:
        """A tone in an MP4."""
        return self._make(self._folder / "sound.mp4", ["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac"])

    def broken(self) -> Path:
        """A file that begins as MP4 and goes on as anything."""
        file = self._folder / "broken.mp4"
        file.write_bytes(self.film().read_bytes()[:40] + bytes(range(256)) * 40)
        return file

    def _make(self, file: Path, arguments: list[str]) -> Path:
        if not file.exists():
            subprocess.run([self._ffmpeg, "-y", "-loglevel", "error", *arguments, str(file)], check=True, timeout=120)
        return file
