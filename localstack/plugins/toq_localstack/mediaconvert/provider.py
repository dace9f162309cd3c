"""The API of MediaConvert; botocore's model routes requests here and serialises the answers."""

import json
import re
import time

from localstack.aws.api import RequestContext, handler
from localstack.aws.spec import load_service
from localstack.services.plugins import ServiceLifecycleHook

from toq_localstack.mediaconvert.errors import BadRequestError, ConflictError
from toq_localstack.mediaconvert.resources import (
    arn_of,
    find_job,
    find_queue,
    find_tags,
    find_template,
    job_of_token,
    new_job,
    new_queue,
    page_of,
    refuse,
    sort,
    store_of,
    valid_name,
    with_counts,
)
from toq_localstack.mediaconvert.runner import JobRunner
from toq_localstack.mediaconvert.shapes import Document, violations
from toq_localstack.mediaconvert.store import lock, now

_TOKEN_LENGTH = 64
_ROLE_PATTERN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


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
        name = valid_name(request)
        if request.get("PricingPlan") == "RESERVED" or request.get("ReservationPlanSettings"):
            raise BadRequestError("/pricingPlan: The local MediaConvert has on-demand queues only")
        with lock:
            store = store_of(context)
            if name in store.queues:
                raise ConflictError(f"Cannot create queue: a queue named {name} exists already")
            queue = new_queue(context, name, "CUSTOM") | {
                key: request[key] for key in ("Description", "Status", "ConcurrentJobs") if key in request
            }
            store.queues[name] = queue
            store.tags[queue["Arn"]] = dict(request.get("Tags") or {})
        return {"Queue": queue}

    @handler("GetQueue", expand=False)
    def get_queue(self, context: RequestContext, request: Document) -> Document:
        return {"Queue": with_counts(store_of(context), find_queue(context, request["Name"]))}

    @handler("UpdateQueue", expand=False)
    def update_queue(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "UpdateQueue")
        with lock:
            queue = find_queue(context, request["Name"])
            queue |= {key: request[key] for key in ("Description", "Status", "ConcurrentJobs") if key in request}
            queue["LastUpdated"] = now()
        self._runner.wake()
        return {"Queue": with_counts(store_of(context), queue)}

    @handler("DeleteQueue", expand=False)
    def delete_queue(self, context: RequestContext, request: Document) -> Document:
        with lock:
            queue = find_queue(context, request["Name"])
            if queue["Type"] == "SYSTEM":
                raise BadRequestError("The default queue cannot be deleted")
            counts = with_counts(store_of(context), queue)
            if counts["SubmittedJobsCount"] or counts["ProgressingJobsCount"]:
                raise ConflictError(f"Queue {queue['Name']} has jobs that are not finished")
            store_of(context).queues.pop(queue["Name"])
            store_of(context).tags.pop(queue["Arn"], None)
        return {}

    @handler("ListQueues", expand=False)
    def list_queues(self, context: RequestContext, request: Document) -> Document:
        find_queue(context, "Default")
        store = store_of(context)
        queues = [with_counts(store, queue) for queue in store.queues.values()]
        page, token = page_of(sort(queues, request), request)
        return {"Queues": page, "NextToken": token}

    # Job templates

    @handler("CreateJobTemplate", expand=False)
    def create_job_template(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "CreateJobTemplate")
        name = valid_name(request)
        with lock:
            store = store_of(context)
            if name in store.templates:
                raise ConflictError(f"Cannot create job template: a template named {name} exists already")
            template = {key: value for key, value in request.items() if key != "Tags"} | {
                "Arn": arn_of(context, "jobTemplates", name),
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
        return {"JobTemplate": find_template(context, request["Name"])}

    @handler("UpdateJobTemplate", expand=False)
    def update_job_template(self, context: RequestContext, request: Document) -> Document:
        self._check(context, "UpdateJobTemplate")
        with lock:
            template = find_template(context, request["Name"])
            template |= {key: value for key, value in request.items() if key != "Name"}
            template["LastUpdated"] = now()
        return {"JobTemplate": template}

    @handler("DeleteJobTemplate", expand=False)
    def delete_job_template(self, context: RequestContext, request: Document) -> Document:
        with lock:
            template = find_template(context, request["Name"])
            store_of(context).templates.pop(template["Name"])
            store_of(context).tags.pop(template["Arn"], None)
        return {}

    @handler("ListJobTemplates", expand=False)
    def list_job_templates(self, context: RequestContext, request: Document) -> Document:
        category = request.get("Category")
        templates = [
            template
            for template in store_of(context).templates.values()
            if category in (None, template.get("Category"))
        ]
        page, token = page_of(sort(templates, request), request)
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
            if repeated := job_of_token(context, token):
                return {"Job": repeated}
            job = new_job(context, request)
            store = store_of(context)
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
            return {"Job": dict(find_job(context, request["Id"]))}

    @handler("ListJobs", expand=False)
    def list_jobs(self, context: RequestContext, request: Document) -> Document:
        status, queue = request.get("Status"), request.get("Queue")
        with lock:
            wanted = find_queue(context, queue.rsplit("/", 1)[-1])["Arn"] if queue else None
            jobs = [
                dict(job)
                for job in store_of(context).jobs.values()
                if status in (None, job["Status"]) and wanted in (None, job["Queue"])
            ]
        if request.get("Order", "DESCENDING") == "DESCENDING":
            jobs.reverse()
        page, token = page_of(jobs, request)
        return {"Jobs": page, "NextToken": token}

    @handler("CancelJob", expand=False)
    def cancel_job(self, context: RequestContext, request: Document) -> Document:
        job = find_job(context, request["Id"])
        if not self._runner.cancel(job):
            raise ConflictError(f"Job {job['Id']} cannot be canceled: its status is {job['Status']}")
        return {}

    # Tags

    @handler("TagResource", expand=False)
    def tag_resource(self, context: RequestContext, request: Document) -> Document:
        with lock:
            find_tags(context, request["Arn"]).update(request.get("Tags") or {})
        return {}

    @handler("UntagResource", expand=False)
    def untag_resource(self, context: RequestContext, request: Document) -> Document:
        with lock:
            tags = find_tags(context, request["Arn"])
            for key in request.get("TagKeys") or []:
                tags.pop(key, None)
        return {}

    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: Document) -> Document:
        return {"ResourceTags": {"Arn": request["Arn"], "Tags": find_tags(context, request["Arn"])}}

    def _check(self, context: RequestContext, operation: str) -> None:
        """Hold the request's JSON against the model; what the URL carries is not in it."""
        body = json.loads(context.request.get_data() or b"{}")
        shape = load_service("mediaconvert").operation_model(operation).input_shape
        in_url = {m.serialization.get("name") for m in shape.members.values() if "location" in m.serialization}
        found = (v for v in violations(body, shape) if not any(f"'{name}'" in v.split(": ")[1] for name in in_url))
        refuse(found)
