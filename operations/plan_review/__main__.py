"""Command line: ``python -m operations.plan_review plan.json [--stack FILE] [--title T] [--output FILE]``.

Exit code 0 when nothing blocks, 3 when a rule is broken without a waiver, 2 when there is no complete plan to read, or
no way to write; no review is left then, also none of an earlier run.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from operations.plan_review import document, render, rules, waivers
from operations.plan_review.plan import PlanError

BLOCKED: Final = 3
REFUSED: Final = 2


def main(arguments: list[str] | None = None) -> int:
    """Review one plan; returns the exit code."""
    parser = argparse.ArgumentParser(prog="plan-review", description="Review a Terraform plan (JSON) as Markdown.")
    parser.add_argument("plan", type=Path, help="output of `terraform show -json`")
    parser.add_argument("--title", default="Terraform plan", help="heading of the review")
    parser.add_argument("--output", type=Path, help="file to write; standard output without it")
    parser.add_argument("--stack", type=Path, help="emitted cdk.tf.json, to review what the plan does not know yet")
    parser.add_argument("--waivers", type=Path, default=waivers.WAIVERS, help="waived findings (TOML)")
    parser.add_argument("--environment", default="", help="whose plan it is, for waivers that are about one alone")
    options = parser.parse_args(arguments)
    try:
        if options.output:
            options.output.unlink(missing_ok=True)
        plan = document.read(options.plan, options.stack)
        findings = waivers.apply(rules.review(plan), waivers.load(options.waivers), options.environment)
        write(render.markdown(options.title, plan.changes, findings), options.output)
    except (PlanError, OSError) as error:
        print(f"plan-review: {error}", file=sys.stderr)
        return REFUSED
    return BLOCKED if any(each.waiver is None for each in findings) else 0


def write(text: str, output: Path | None) -> None:
    """Into a file whose folder is made, or to standard output."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
