"""The API of MediaConvert; botocore's model routes requests here and serialises the answers."""

import itertools
import json
import logging
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.aws.spec import load_service
from localstack.services.plugins import ServiceLifecycleHook

from toq_localstack.mediaconvert.errors import BadRequestError, ConflictError, NotFoundError
from toq_localstack.mediaconvert.runner import JobRunner
from toq_localstack.mediaconvert.settings import job_violations, merge
from toq_localstack.mediaconvert.shapes import violations
from toq_localstack.mediaconvert.store import Document, MediaConvertStore, lock, now, stores

LOG = logging.getLogger(__name__)

_IDEMPOTENCY_SECONDS = 60.0  # API reference, "Idempotency": "within one minute of a successful request"
_TOKEN_LENGTH = 64
_MOST_VIOLATIONS = 10  # in one message
_ROLE_PATTERN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_NAME_PATTERN = re.compile(r"[\w. -]{1,255}")


class MediaConvertProvider(ServiceLifecycleHook):
    """Queues, job templates and jobs; `JobRunner` does the jobs' work."""

    service = "mediaconvert"
    version = "2017-08-29"

    def __init__(self) -> None:
        self._runner = JobRunner()

    def on_before_stop(self) -> None:
        self._runner.stop()

    # Endpoints

    @handler("DescribeEndpoints", expand=False)
    def describe_endpoints(self, context: RequestContext, request: Document) -> Document:
        """Account endpoints are a thing of the past; older clients still ask for theirs."""
        return {"Endpoints": [{"Url": context.request.host_url.rstrip("/")}]}

    # Queues

    @handler("CreateQueue", expand=False)
    def create_queue(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "CreateQueue")
        name = _name(request)
        if request.get("PricingPlan") == "RESERVED" or request.get("ReservationPlanSettings"):
            raise BadRequestError("/pricingPlan: The local MediaConvert has on-demand queues only")
        with lock:
            store = _store(context)
            if name in store.queues:
                raise ConflictError(f"Cannot create queue: a queue named {name} exists already")
            queue = _new_queue(context, name, "CUSTOM") | {
                key: request[key] for key in ("Description", "Status", "ConcurrentJobs") if key in request
            }
            store.queues[name] = queue
            store.tags[queue["Arn"]] = dict(request.get("Tags") or {})
        return {"Queue": queue}

    @handler("GetQueue", expand=False)
    def get_queue(self, context: RequestContext, request: Document) -> Document:
        return {"Queue": _with_counts(_store(context), _queue(context, request["Name"]))}

    @handler("UpdateQueue", expand=False)
    def update_queue(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "UpdateQueue")
        with lock:
            queue = _queue(context, request["Name"])
            queue |= {key: request[key] for key in ("Description", "Status", "ConcurrentJobs") if key in request}
            queue["LastUpdated"] = now()
        self._runner.wake()
        return {"Queue": _with_counts(_store(context), queue)}

    @handler("DeleteQueue", expand=False)
    def delete_queue(self, context: RequestContext, request: Document) -> Document:
        with lock:
            queue = _queue(context, request["Name"])
            if queue["Type"] == "SYSTEM":
                raise BadRequestError("The default queue cannot be deleted")
            counts = _with_counts(_store(context), queue)
            if counts["SubmittedJobsCount"] or counts["ProgressingJobsCount"]:
                raise ConflictError(f"Queue {queue['Name']} has jobs that are not finished")
            _store(context).queues.pop(queue["Name"])
            _store(context).tags.pop(queue["Arn"], None)
        return {}

    @handler("ListQueues", expand=False)
    def list_queues(self, context: RequestContext, request: Document) -> Document:
        _queue(context, "Default")
        store = _store(context)
        queues = [_with_counts(store, queue) for queue in store.queues.values()]
        page, token = _page(_sorted(queues, request), request)
        return {"Queues": page, "NextToken": token}

    # Job templates

    @handler("CreateJobTemplate", expand=False)
    def create_job_template(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "CreateJobTemplate")
        name = _name(request)
        with lock:
            store = _store(context)
            if name in store.templates:
                raise ConflictError(f"Cannot create job template: a template named {name} exists already")
            template = {key: value for key, value in request.items() if key != "Tags"} | {
                "Arn": _arn(context, "jobTemplates", name),
                "Type": "CUSTOM",
                "CreatedAt": now(),
                "LastUpdated": now(),
            }
            template.setdefault("Priority", 0)
            template.setdefault("StatusUpdateInterval", "SECONDS_60")
            store.templates[name] = template
            store.tags[template["Arn"]] = dict(request.get("Tags") or {})
        return {"JobTemplate": template}

    @handler("GetJobTemplate", expand=False)
    def get_job_template(self, context: RequestContext, request: Document) -> Document:
        return {"JobTemplate": _template(context, request["Name"])}

    @handler("UpdateJobTemplate", expand=False)
    def update_job_template(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "UpdateJobTemplate")
        with lock:
            template = _template(context, request["Name"])
            template |= {key: value for key, value in request.items() if key != "Name"}
            template["LastUpdated"] = now()
        return {"JobTemplate": template}

    @handler("DeleteJobTemplate", expand=False)
    def delete_job_template(self, context: RequestContext, request: Document) -> Document:
        with lock:
            template = _template(context, request["Name"])
            _store(context).templates.pop(template["Name"])
            _store(context).tags.pop(template["Arn"], None)
        return {}

    @handler("ListJobTemplates", expand=False)
    def list_job_templates(self, context: RequestContext, request: Document) -> Document:
        category = request.get("Category")
        templates = [
            template for template in _store(context).templates.values() if category in (None, template.get("Category"))
        ]
        page, token = _page(_sorted(templates, request), request)
        return {"JobTemplates": page, "NextToken": token}

    # Jobs

    @handler("CreateJob", expand=False)
    def create_job(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "CreateJob")
        if not _ROLE_PATTERN.fullmatch(request["Role"]):
            raise BadRequestError("/role: Should be the ARN of an IAM role")
        token = request.get("ClientRequestToken")
        if token and (len(token) > _TOKEN_LENGTH or not token.isascii()):
            raise BadRequestError(f"/clientRequestToken: Should be at most {_TOKEN_LENGTH} ASCII characters")
        with lock:
            if repeated := _job_of_token(context, token):
                return {"Job": repeated}
            job = _new_job(context, request)
            store = _store(context)
            store.jobs[job["Id"]] = job
            store.tags[job["Arn"]] = dict(request.get("Tags") or {})
            if token:
                store.tokens[token] = (time.monotonic(), job["Id"])
            answer = dict(job)
        self._runner.submit(job)
        return {"Job": answer}

    @handler("GetJob", expand=False)
    def get_job(self, context: RequestContext, request: Document) -> Document:
        with lock:
            return {"Job": dict(_job(context, request["Id"]))}

    @handler("ListJobs", expand=False)
    def list_jobs(self, context: RequestContext, request: Document) -> Document:
        status, queue = request.get("Status"), request.get("Queue")
        with lock:
            jobs = [
                dict(job)
                for job in _store(context).jobs.values()
                if status in (None, job["Status"]) and (queue is None or job["Queue"].endswith(f"/{queue.rsplit('/', 1)[-1]}"))
            ]
        if request.get("Order", "DESCENDING") == "DESCENDING":
            jobs.reverse()
        page, token = _page(jobs, request)
        return {"Jobs": page, "NextToken": token}

    @handler("CancelJob", expand=False)
    def cancel_job(self, context: RequestContext, request: Document) -> Document:
        job = _job(context, request["Id"])
        if not self._runner.cancel(job):
            raise ConflictError(f"Job {job['Id']} can not be canceled: its status is {job['Status']}")
        return {}

    # Tags

    @handler("TagResource", expand=False)
    def tag_resource(self, context: RequestContext, request: Document) -> Document:
        with lock:
            _tags(context, request["Arn"]).update(request.get("Tags") or {})
        return {}

    @handler("UntagResource", expand=False)
    def untag_resource(self, context: RequestContext, request: Document) -> Document:
        with lock:
            tags = _tags(context, request["Arn"])
            for key in request.get("TagKeys") or []:
                tags.pop(key, None)
        return {}

    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: Document) -> Document:
        return {"ResourceTags": {"Arn": request["Arn"], "Tags": _tags(context, request["Arn"])}}

    def _check(self, context: RequestContext, operation: str) -> None:
        """Hold the request's JSON against the model; what the URL carries is not in it."""
        body = json.loads(context.request.get_data() or b"{}")
        shape = load_service("mediaconvert").operation_model(operation).input_shape
        in_url = {m.serialization.get("name") for m in shape.members.values() if "location" in m.serialization}
        found = (v for v in violations(body, shape) if not any(f"'{name}'" in v.split(": ")[1] for name in in_url))
        _refuse(found)


def _refuse(found: Iterable[str]) -> None:
    listed = [violation.removeprefix("/settings") for violation in itertools.islice(found, _MOST_VIOLATIONS)]
    if listed:
        raise BadRequestError(" | ".join(listed))


def _new_job(context: RequestContext, request: Document) -> Document:
    template: Mapping[str, Any] = {}
    if named := request.get("JobTemplate"):
        template = _template(context, named.rsplit("/", 1)[-1])
    settings = merge(template.get("Settings") or {}, request["Settings"])
    _refuse(job_violations(settings))
    queue = _queue(context, (request.get("Queue") or template.get("Queue") or "Default").rsplit("/", 1)[-1])
    number = f"{int(time.time() * 1000)}-{secrets.token_hex(3)}"
    copied = ("AccelerationSettings", "BillingTagsSource", "ClientRequestToken", "HopDestinations")
    job = {key: request[key] for key in copied if key in request} | {
        "Arn": _arn(context, "jobs", number),
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


def _job_of_token(context: RequestContext, token: str | None) -> Document | None:
    store = _store(context)
    made, number = store.tokens.get(token or "", (0.0, ""))
    return dict(store.jobs[number]) if number and time.monotonic() - made < _IDEMPOTENCY_SECONDS else None


def _new_queue(context: RequestContext, name: str, kind: str) -> Document:
    return {
        "Arn": _arn(context, "queues", name),
        "Name": name,
        "Type": kind,
        "Status": "ACTIVE",
        "PricingPlan": "ON_DEMAND",
        "ConcurrentJobs": 100,
        "CreatedAt": now(),
        "LastUpdated": now(),
    }


def _store(context: RequestContext) -> MediaConvertStore:
    return stores[context.account_id][context.region]


def _arn(context: RequestContext, kind: str, name: str) -> str:
    return f"arn:{context.partition}:mediaconvert:{context.region}:{context.account_id}:{kind}/{name}"


def _name(request: Document) -> str:
    name = str(request["Name"])
    if not _NAME_PATTERN.fullmatch(name):
        raise BadRequestError("/name: Should have letters, digits, spaces, '.', '_' and '-' only, at most 255")
    return name


def _queue(context: RequestContext, name: str) -> Document:
    with lock:
        queues = _store(context).queues
        if "Default" not in queues:  # every account has it from the start
            queues["Default"] = _new_queue(context, "Default", "SYSTEM")
        if name not in queues:
            raise NotFoundError(f"Queue {name} does not exist")
        return queues[name]


def _with_counts(store: MediaConvertStore, queue: Document) -> Document:
    states = [job["Status"] for job in store.jobs.values() if job["Queue"] == queue["Arn"]]
    return queue | {
        "SubmittedJobsCount": states.count("SUBMITTED"),
        "ProgressingJobsCount": states.count("PROGRESSING"),
    }


def _template(context: RequestContext, name: str) -> Document:
    if template := _store(context).templates.get(name):
        return template
    raise NotFoundError(f"Job template {name} does not exist")


def _job(context: RequestContext, number: str) -> Document:
    if job := _store(context).jobs.get(number):
        return job
    raise NotFoundError(f"Job {number} does not exist")


def _tags(context: RequestContext, arn: str) -> dict[str, str]:
    _queue(context, "Default")
    store = _store(context)
    known = itertools.chain(store.queues.values(), store.templates.values(), store.jobs.values())
    if not any(resource["Arn"] == arn for resource in known):
        raise NotFoundError(f"Resource {arn} does not exist")
    return store.tags.setdefault(arn, {})


def _sorted(resources: list[Document], request: Document) -> list[Document]:
    by = {"CREATION_DATE": "CreatedAt", "SYSTEM": "Type"}.get(request.get("ListBy", "NAME"), "Name")
    return sorted(resources, key=lambda r: r[by], reverse=request.get("Order") == "DESCENDING")


def _page(resources: list[Document], request: Document) -> tuple[list[Document], str | None]:
    first, count = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 20)
    rest = first + count
    return resources[first:rest], str(rest) if rest < len(resources) else None
