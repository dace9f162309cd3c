"""Command line: ``python -m operations.plan_review plan.json [--stack FILE] [--format F] [--output FILE]``.

Exit code 0 when nothing blocks, 3 when a rule is broken without a waiver, 2 when there is no complete plan to read, or
no way to write; no review is left then, also none of an earlier run. make knows no exit code but 2 for what fails: with
``--status`` the code stands in a file as well.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from operations.plan_review import document, rules, waivers
from operations.plan_review.output import FORMATS
from operations.plan_review.output.markdown import COMMENT, markdown
from operations.plan_review.plan import PlanError
from operations.plan_review.review import REFUSED, Review


def main(arguments: list[str] | None = None) -> int:
    """Review one plan; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for left in filter(None, (options.output, options.status)):
            left.unlink(missing_ok=True)
        code = _review(options)
    except (PlanError, OSError) as error:
        print(f"plan-review: {error}", file=sys.stderr)
        code = REFUSED
    if options.status:
        try:
            _write(f"{code}\n", options.status)
        except OSError as error:
            print(f"plan-review: {error}", file=sys.stderr)
            return REFUSED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plan-review", description="Review a Terraform plan.")
    parser.add_argument("plan", type=Path, help="output of `terraform show -json`")
    parser.add_argument("--title", default="Terraform plan", help="heading of the review")
    parser.add_argument("--environment", default="", help="whose plan it is, for waivers that are about one alone")
    parser.add_argument("--format", choices=FORMATS, default="markdown", help="markdown unless given")
    parser.add_argument("--output", type=Path, help="file to write; standard output without it")
    parser.add_argument("--status", type=Path, help="file to write the exit code to")
    parser.add_argument("--limit", type=int, default=COMMENT, help="longest Markdown, in characters; 0 for any length")
    parser.add_argument("--whole", default="", help="where the whole review is, told by one that is cut")
    parser.add_argument("--stack", type=Path, help="emitted cdk.tf.json, to review what the plan does not know yet")
    parser.add_argument("--waivers", type=Path, default=waivers.WAIVERS, help="waived findings (TOML)")
    return parser


def _review(options: argparse.Namespace) -> int:
    plan = document.read(options.plan, options.stack)
    findings = waivers.apply(rules.review(plan), waivers.load(options.waivers), options.environment)
    review = Review(options.title, options.environment, plan, findings)
    cut = partial(markdown, limit=max(0, options.limit), whole=options.whole)
    tell = cut if options.format == "markdown" else FORMATS[options.format]
    _write(tell(review), options.output)
    return review.exit_code


def _write(text: str, output: Path | None) -> None:
    """Into a file whose folder is made, or to standard output."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
