"""The review as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for code scanning."""

import hashlib
import json
from typing import Any, Final

from operations.plan_review.review import Review
from operations.plan_review.rules import RULES
from operations.plan_review.waivers import ReviewedFinding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(review: Review) -> str:
    """One run; waived findings are suppressed with their reason."""
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()]
    run = {
        "tool": {"driver": {"name": "plan-review", "rules": rules}},
        "automationDetails": {"id": f"plan-review/{review.environment}"},
        "results": [_result(each, review.environment) for each in review.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(reviewed: ReviewedFinding, environment: str) -> dict[str, Any]:
    finding = reviewed.finding
    # Code scanning shows no result without a file: the environment's own is where a reader begins.
    place = f"environments/{environment}.toml" if environment else "main.py"
    key = "\n".join((environment, finding.rule, finding.address, finding.detail))
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": "error",
        "message": {"text": f"{finding.address}: {finding.detail}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": place}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": finding.address, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"finding/v1": hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()},
    }
    if reviewed.waiver is not None:
        result["suppressions"] = [{"kind": "external", "justification": reviewed.waiver}]
    return result
