"""Command line: ``python -m operations.drift ENV``; asks Terraform for a refresh-only plan and changes nothing.

Exit code 0 when everything is as Terraform left it, 1 when something is not, 2 when that cannot be told.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from operations.drift.report import IGNORED, Drift, drifts, read_ignored, unexpected
from operations.plan_review import document
from operations.plan_review.plan import PlanError
from operations.terraform import reached
from toolchain.errors import SetupError
from toolchain.paths import BUILD


def look(environment: str) -> list[Drift]:
    """Everything that drifted in an environment; leaves ``build/drift/ENV.json``.

    Raises
    ------
    SetupError
        Terraform failed.
    PlanError
        Its plan cannot be read.
    """
    stack = reached(environment)
    folder = BUILD / "drift"
    folder.mkdir(parents=True, exist_ok=True)
    plan, shown = folder / f"{environment}.tfplan", folder / f"{environment}.json"
    shown.unlink(missing_ok=True)
    failed = (
        stack.build_artifacts()
        or stack.synth()
        or stack.terraform("init", "-no-color")
        or stack.terraform("plan", "-refresh-only", "-lock=false", f"-out={plan}", "-no-color")
    )
    if failed:
        raise SetupError(f"terraform could not look at {environment}: see above")
    shown.write_text(stack.ask("show", "-json", str(plan)), encoding="utf-8")
    return list(drifts(document.read(shown).drift))


def main(words: Sequence[str]) -> int:
    """Look, and tell."""
    parser = argparse.ArgumentParser(prog="make drift", description=__doc__, allow_abbrev=False)
    parser.add_argument("environment", help="name under environments/")
    parser.add_argument("--json", type=Path, help="file for the drift as JSON")
    parser.add_argument("--ignored", type=Path, default=IGNORED, help="what is expected to drift (TOML)")
    options = parser.parse_args(words)
    try:
        if options.json:
            options.json.unlink(missing_ok=True)  # an earlier run's would be taken for this one's
        ignored = read_ignored(options.ignored)
        found = look(options.environment)
        left = unexpected(found, ignored)
        if options.json:
            options.json.parent.mkdir(parents=True, exist_ok=True)
            told = {"environment": options.environment, "drift": [each.to_json() for each in left]}
            options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    except (SetupError, PlanError, OSError) as error:
        print(f"drift: {error}", file=sys.stderr)
        return 2
    print("\n".join([*map(str, left), f"{len(left)} attributes drifted, {len(found) - len(left)} more are ignored"]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
