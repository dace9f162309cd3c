"""Service providers that LocalStack finds through the entry points; imported late, as LocalStack loads services."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="mediaconvert")
def mediaconvert() -> Service:
    """MediaConvert, which the community release lacks."""
    from toq_localstack.mediaconvert.provider import MediaConvertProvider

    provider = MediaConvertProvider()
    return Service.for_provider(provider, service_lifecycle_hook=provider)


@aws_provider(api="cloudwatch", name="toq")
def cloudwatch() -> Service:
    """LocalStack's own CloudWatch with tags of alarms; ``PROVIDER_OVERRIDE_CLOUDWATCH=toq`` chooses it."""
    from toq_localstack.alarms import TaggedAlarms

    return Service.for_provider(TaggedAlarms())  # type: ignore[no-untyped-call]


@aws_provider(api="stepfunctions", name="toq")
def stepfunctions() -> Service:
    """LocalStack's own Step Functions with what it lacks; ``PROVIDER_OVERRIDE_STEPFUNCTIONS=toq`` chooses it."""
    from localstack.services.stepfunctions.provider import StepFunctionsProvider

    from toq_localstack.workflows import install

    install()
    provider = StepFunctionsProvider()
    return Service.for_provider(provider, service_lifecycle_hook=provider)
