"""Folders and variables of one execution environment (AWS: "Defined runtime environment variables")."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_LOCALSTACK_ONLY = ("LOCALSTACK_", "EDGE_PORT", "_AWS_XRAY_DAEMON", "AWS_XRAY_DAEMON_ADDRESS")
_APP_ID_LENGTH = 50  # botocore refuses a longer user agent app id


class Sandbox:
    """The files of one execution environment: its ``/tmp``, its ``/opt`` and its log.

    Parameters
    ----------
    function_name
        Only to make the folder recognisable.
    layers
        Unzipped layers in the order of the function's configuration; later ones win, as on Lambda.
    """

    def __init__(self, function_name: str, layers: Sequence[Path]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"lambda-{function_name}-"))
        self.tmp = self.folder / "tmp"
        self.tmp.mkdir()
        self.log = LogFile(self.folder / "output.log")
        self.opt = layers[0] if len(layers) == 1 else self.folder / "opt"  # one layer: no copy, so a faster cold start
        if len(layers) != 1:
            self.opt.mkdir()
            for layer in layers:
                shutil.copytree(layer, self.opt, dirs_exist_ok=True, symlinks=True)

    def variables(
        self, given: Mapping[str, object], task_root: Path, runtime: str, runtime_folder: Path
    ) -> dict[str, str]:
        """The child's environment: what LocalStack and the function's configuration give, and what Lambda adds."""
        env = {name: str(value) for name, value in given.items() if not name.startswith(_LOCALSTACK_ONLY)}
        site = f"python/lib/{runtime}/site-packages"
        own = env.get("PYTHONPATH", "")
        python_path = [task_root, self.opt / site, self.opt / "python", runtime_folder]
        return env | {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "AWS_SDK_UA_APP_ID": env.get("AWS_SDK_UA_APP_ID", env["AWS_LAMBDA_FUNCTION_NAME"][:_APP_ID_LENGTH]),
            "HOME": str(self.tmp),
            "LANG": "en_US.UTF-8",
            "LAMBDA_RUNTIME_DIR": str(runtime_folder),
            "LAMBDA_TASK_ROOT": str(task_root),
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, (self.opt / "lib", task_root, task_root / "lib"))),
            "PATH": os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin", str(self.opt / "bin"))),
            "PYTHONPATH": os.pathsep.join([own, *map(str, python_path)] if own else map(str, python_path)),
            "TMPDIR": str(self.tmp),
        }

    def remove(self) -> None:
        """Delete the environment's files; layers and task root are LocalStack's."""
        shutil.rmtree(self.folder, ignore_errors=True)


class LogFile:
    """Output of a process, read piece by piece.

    A file, not a pipe: what the function wrote before it posted its result is there when the result is.
    """

    _ROTATE_BYTES = 8 * 1024 * 1024

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self._offset = 0

    def read_all(self) -> str:
        """Everything still in the file; nothing when it is gone."""
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    def read_new(self) -> str:
        """What was written since the last call; ends with a newline unless empty."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        if self._offset > self._ROTATE_BYTES:
            os.truncate(self.path, 0)  # opened for appending by the child, so it goes on at the new end
            self._offset = 0
        text = data.decode("utf-8", "replace")
        return text if not text or text.endswith("\n") else text + "\n"
