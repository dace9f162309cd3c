"""The review as JSON, for programs."""

import json
from typing import Any

from operations.plan_review.output.values import differences
from operations.plan_review.plan import Change
from operations.plan_review.review import Review


def structured(review: Review) -> str:
    """One object; docs/pull-requests.md says what is in it."""
    plan = review.plan
    document = {
        "title": review.title,
        "environment": review.environment,
        "exitCode": review.exit_code,
        "empty": plan.empty,
        "counts": review.counts,
        "labels": list(review.labels()),
        "findings": [
            {
                "rule": each.finding.rule,
                "address": each.finding.address,
                "detail": each.finding.detail,
                "waiver": each.waiver,
            }
            for each in review.findings
        ],
        "changes": [_change(each) for each in plan.changes],
        "drift": [_change(each) for each in plan.drift],
        "outputs": [_change(each) for each in plan.outputs],
        "checks": [{"address": each.address, "status": each.status, "problems": each.problems} for each in plan.checks],
    }
    return json.dumps(document, indent=2) + "\n"


def _change(change: Change) -> dict[str, Any]:
    """What is told of one change; sensitive values are hidden as in every format."""
    return {
        "address": change.address,
        "action": str(change.action),
        "importedAs": change.imported or None,
        "movedFrom": change.moved_from or None,
        "deposed": change.deposed or None,
        "reason": change.reason or None,
        "replacedBy": list(change.replaced_by),
        "attributes": [{"path": path, "before": before, "after": after} for path, before, after in differences(change)],
    }
