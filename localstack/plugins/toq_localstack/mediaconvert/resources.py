"""Finds, makes and lists what the store holds; raises the API's errors for what is not there."""

import itertools
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from localstack.aws.api import RequestContext

from toq_localstack.mediaconvert.errors import BadRequestError, NotFoundError
from toq_localstack.mediaconvert.settings import job_violations, merge
from toq_localstack.mediaconvert.shapes import Document
from toq_localstack.mediaconvert.store import MediaConvertStore, lock, now, stores

_IDEMPOTENCY_SECONDS = 60.0  # API reference, "Idempotency": "within one minute of a successful request"
_MOST_VIOLATIONS = 10  # in one message
_NAME_PATTERN = re.compile(r"[\w. -]{1,255}")


def refuse(found: Iterable[str]) -> None:
    listed = [violation.removeprefix("/settings") for violation in itertools.islice(found, _MOST_VIOLATIONS)]
    if listed:
        raise BadRequestError(" | ".join(listed))


def new_job(context: RequestContext, request: Document) -> Document:
    template: Mapping[str, Any] = {}
    if named := request.get("JobTemplate"):
        template = find_template(context, named.rsplit("/", 1)[-1])
    settings = merge(template.get("Settings") or {}, request["Settings"])
    refuse(job_violations(settings))
    queue = find_queue(context, (request.get("Queue") or template.get("Queue") or "Default").rsplit("/", 1)[-1])
    number = f"{int(time.time() * 1000)}-{secrets.token_hex(3)}"
    copied = ("AccelerationSettings", "BillingTagsSource", "ClientRequestToken", "HopDestinations")
    job = {key: request[key] for key in copied if key in request} | {
        "Arn": arn_of(context, "jobs", number),
        "Id": number,
        "CreatedAt": now(),
        "Priority": request.get("Priority", template.get("Priority", 0)),
        "Queue": queue["Arn"],
        "Role": request["Role"],
        "Settings": settings,
        "Status": "SUBMITTED",
        "StatusUpdateInterval": request.get("StatusUpdateInterval", template.get("StatusUpdateInterval", "SECONDS_60")),
        "Timing": {"SubmitTime": now()},
        "UserMetadata": dict(request.get("UserMetadata") or {}),
        "Messages": {"Info": [], "Warning": []},
        "AccelerationStatus": "NOT_APPLICABLE",
        "RetryCount": 0,
    }
    if template:
        job["JobTemplate"] = template["Name"]
    return job


def job_of_token(context: RequestContext, token: str | None) -> Document | None:
    store = store_of(context)
    made, number = store.tokens.get(token or "", (0.0, ""))
    return dict(store.jobs[number]) if number and time.monotonic() - made < _IDEMPOTENCY_SECONDS else None


def new_queue(context: RequestContext, name: str, kind: str) -> Document:
    return {
        "Arn": arn_of(context, "queues", name),
        "Name": name,
        "Type": kind,
        "Status": "ACTIVE",
        "PricingPlan": "ON_DEMAND",
        "ConcurrentJobs": 100,
        "CreatedAt": now(),
        "LastUpdated": now(),
    }


def store_of(context: RequestContext) -> MediaConvertStore:
    return stores[context.account_id][context.region]


def arn_of(context: RequestContext, kind: str, name: str) -> str:
    return f"arn:{context.partition}:mediaconvert:{context.region}:{context.account_id}:{kind}/{name}"


def valid_name(request: Document) -> str:
    name = str(request["Name"])
    if not _NAME_PATTERN.fullmatch(name):
        raise BadRequestError("/name: Should have letters, digits, spaces, '.', '_' and '-' only, at most 255")
    return name


def find_queue(context: RequestContext, name: str) -> Document:
    with lock:
        queues = store_of(context).queues
        if "Default" not in queues:  # every account has it from the start
            queues["Default"] = new_queue(context, "Default", "SYSTEM")
        if name not in queues:
            raise NotFoundError(f"Queue {name} does not exist")
        return queues[name]


def with_counts(store: MediaConvertStore, queue: Document) -> Document:
    states = [job["Status"] for job in store.jobs.values() if job["Queue"] == queue["Arn"]]
    return queue | {
        "SubmittedJobsCount": states.count("SUBMITTED"),
        "ProgressingJobsCount": states.count("PROGRESSING"),
    }


def find_template(context: RequestContext, name: str) -> Document:
    if template := store_of(context).templates.get(name):
        return template
    raise NotFoundError(f"Job template {name} does not exist")


def find_job(context: RequestContext, number: str) -> Document:
    if job := store_of(context).jobs.get(number):
        return job
    raise NotFoundError(f"Job {number} does not exist")


def find_tags(context: RequestContext, arn: str) -> dict[str, str]:
    find_queue(context, "Default")
    store = store_of(context)
    known = itertools.chain(store.queues.values(), store.templates.values(), store.jobs.values())
    if not any(resource["Arn"] == arn for resource in known):
        raise NotFoundError(f"Resource {arn} does not exist")
    return store.tags.setdefault(arn, {})


def sort(resources: list[Document], request: Document) -> list[Document]:
    by = {"CREATION_DATE": "CreatedAt", "SYSTEM": "Type"}.get(request.get("ListBy", "NAME"), "Name")
    return sorted(resources, key=lambda r: r[by], reverse=request.get("Order") == "DESCENDING")


def page_of(resources: list[Document], request: Document) -> tuple[list[Document], str | None]:
    first, count = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 20)
    rest = first + count
    return resources[first:rest], str(rest) if rest < len(resources) else None
