"""First code of a Lambda process: arranges ``sys.path`` as Lambda does, then hands over to AWS's runtime client.

Run as ``python -I -S launch.py PARENT_PID HANDLER``. ``-I -S`` leave only the standard library visible; what a function
may import besides is added here, in Lambda's order: task root, layers, runtime (awslambdaric, boto3), standard library.
Runs on the function's interpreter, not on LocalStack's: standard library alone.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    parent, handler = int(sys.argv[1]), sys.argv[2]
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import parent_death  # type: ignore[import-not-found]  # the plain module beside this package

    parent_death.bind(parent)
    del sys.path[0], sys.modules["parent_death"]
    standard_library = list(sys.path)
    sys.path[:] = [entry for entry in os.environ["PYTHONPATH"].split(os.pathsep) if entry] + standard_library
    sys.argv = ["bootstrap.py", handler]
    from awslambdaric.__main__ import main as run  # type: ignore[import-not-found]  # of the function's interpreter

    run(sys.argv)


main()
