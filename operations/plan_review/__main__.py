"""Command line: ``python -m operations.plan_review plan.json [--stack FILE] [--title T] [--output FILE]``.

Exit code 0 when nothing blocks, 3 when a rule is broken and not accepted, 2 when the plan can not be read.
"""

import argparse
import sys
from pathlib import Path

from operations.plan_review import acceptance, plan, render, rules

BLOCKED = 3


def main(arguments: list[str] | None = None) -> int:
    """Review one plan; returns the exit code."""
    parser = argparse.ArgumentParser(prog="plan-review", description="Review a Terraform plan (JSON) as Markdown.")
    parser.add_argument("plan", type=Path, help="output of `terraform show -json`")
    parser.add_argument("--title", default="Terraform plan", help="heading of the review")
    parser.add_argument("--output", type=Path, help="file to write; standard output without it")
    parser.add_argument("--stack", type=Path, help="emitted cdk.tf.json, to review what the plan does not know yet")
    parser.add_argument("--accepted", type=Path, default=acceptance.ACCEPTED, help="accepted findings (TOML)")
    options = parser.parse_args(arguments)
    try:
        changes = plan.read(options.plan, options.stack)
        judged = acceptance.judge(rules.review(changes), acceptance.load(options.accepted))
    except plan.PlanError as error:
        print(f"plan-review: {error}", file=sys.stderr)
        return 2
    text = render.markdown(options.title, changes, judged)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return BLOCKED if any(each.reason is None for each in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
