"""Builds plans in the format of `terraform show -json`, one change at a time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operations.plan_review import document, rules
from operations.plan_review.__main__ import main


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(sid: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::media/*"} | more


def deny(sid: str, *actions: str, **more: Any) -> dict[str, Any]:
    return allow(sid, *actions, **more) | {"Effect": "Deny"}


def change(
    address: str, before: dict[str, Any] | None, after: dict[str, Any] | None, *, replace: bool = False, **more: Any
) -> dict[str, Any]:
    if replace:
        actions = ["delete", "create"]
    elif before is None:
        actions = ["create"]
    elif after is None:
        actions = ["delete"]
    else:
        actions = ["no-op"] if before == after and not more else ["update"]
    return {
        "address": address,
        "mode": "managed",
        "type": address.split(".", maxsplit=1)[0],
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}} | more,
    }


def plan(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A complete plan; members given by name replace or add to those of a plan that went well."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "complete": True,
        "errored": False,
    } | more


def write(path: Path, *changes: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps(plan(*changes, **more)))
    return path


def review(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the command on the folder's ``plan.json``; gives its exit code and its Markdown, empty without one."""
    output = folder / "review.md"
    code = main([str(folder / "plan.json"), "--output", str(output), *arguments])
    return code, output.read_text() if output.exists() else ""


DELETED_BUCKET = change("aws_s3_bucket.media", {"bucket": "b"}, None)


def judged(folder: Path, *changes: dict[str, Any], stack: Path | None = None, **more: Any) -> set[tuple[str, str]]:
    """What the rules say of a plan: rule and detail of each finding."""
    found = rules.review(document.read(write(folder / "plan.json", *changes, **more), stack))
    return {(each.rule, each.detail) for each in found}
