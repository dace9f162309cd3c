"""Batches of a queue are worked on side by side, as Lambda does it."""

from collections.abc import Callable
from typing import Any

from tests.support.plugins.functions import create_function
from tests.support.waiting import wait_until

Client = Callable[[str], Any]
# Says that it has begun, and goes on once another one has too; else its time is over and its message is not done.
MEET = """
import os, time
import boto3

s3 = boto3.client("s3")

def handler(event, context):
    bucket = os.environ["BUCKET"]
    s3.put_object(Bucket=bucket, Key=f"begun/{context.aws_request_id}")
    while s3.list_objects_v2(Bucket=bucket, Prefix="begun/")["KeyCount"] < 2:
        time.sleep(0.05)
    s3.put_object(Bucket=bucket, Key=f"met/{context.aws_request_id}")
"""


def test_a_second_batch_is_taken_while_the_first_is_worked_on(client: Client, lambda_role: str, unique: str) -> None:
    s3, sqs, functions = client("s3"), client("sqs"), client("lambda")
    bucket = unique[-40:].strip("-")
    s3.create_bucket(Bucket=bucket)
    queue = sqs.create_queue(QueueName=unique, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    variables = {"Variables": {"BUCKET": bucket}}
    create_function(functions, unique, lambda_role, {"function.py": MEET}, Timeout=120, Environment=variables)
    mapping = functions.create_event_source_mapping(FunctionName=unique, EventSourceArn=arn, BatchSize=1)
    for number in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))

    wait_until(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="met/")["KeyCount"] == 2)
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
