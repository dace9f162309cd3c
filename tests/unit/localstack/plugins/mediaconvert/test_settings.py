from typing import Any

import pytest
from toq_localstack.mediaconvert.settings import merge, output_uri


@pytest.mark.parametrize(
    ("template", "job", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"y": 3}]}, {"a": [{"x": 1, "y": 3}, {"x": 2}]}),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}, {"x": 3}]}, {"a": [{"x": 2}, {"x": 3}]}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    ],
)
def test_a_jobs_settings_lie_over_its_templates(template: Any, job: Any, merged: Any) -> None:
    assert merge(template, job) == merged


@pytest.mark.parametrize(
    ("destination", "output", "sequence", "uri"),
    [
        (
            "s3://b/dir/",
            {"NameModifier": "-720p", "ContainerSettings": {"Container": "MP4"}},
            "",
            "s3://b/dir/in-720p.mp4",
        ),
        ("s3://b/dir/base", {"ContainerSettings": {"Container": "MOV"}}, "", "s3://b/dir/base.mov"),
        ("s3://b/x", {"NameModifier": "-p", "Extension": "jpeg"}, ".0000001", "s3://b/x-p.0000001.jpeg"),
        ("s3://b/$fn$/x", {"ContainerSettings": {"Container": "RAW"}}, ".0000000", "s3://b/in/x.0000000.jpg"),
    ],
)
def test_outputs_are_named_as_the_service_names_them(destination: str, output: Any, sequence: str, uri: str) -> None:
    assert output_uri(destination, "s3://b/raw/in.mp4", output, sequence) == uri
