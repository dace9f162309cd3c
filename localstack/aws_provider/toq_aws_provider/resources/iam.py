"""AWS IAM: roles, their inline policies, managed policies and attachments."""

import json

from toq_aws_provider.aws_calls import given, tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

NO_ENTITY = ("NoSuchEntity",)
VERSION_LIMIT = 5  # AWS page: "IAM and AWS STS quotas": versions of a managed policy


class Role(Resource):
    type = "aws_iam_role"
    service = "iam"
    policy_documents = ("assume_role_policy",)
    # Inline policies and attachments have types of their own.
    unsupported_attributes = ("inline_policy", "managed_policy_arns", "force_detach_policies", "permissions_boundary")
    not_found_codes = NO_ENTITY
    tagging = Tagging("RoleName", items=("Key", "Value"), tag="tag_role", untag="untag_role")

    def create(self, planned: Object) -> str:
        name = choose_name(planned)
        self.api.create_role(
            **given(
                RoleName=name,
                Path=planned["path"],
                AssumeRolePolicyDocument=planned["assume_role_policy"],
                Description=planned["description"],
                MaxSessionDuration=int(planned["max_session_duration"]),
                Tags=tag_list(planned["tags_all"]),
            )
        )
        return name

    def read(self, identifier: str, state: Object) -> Object | None:
        role = self.api.get_role(RoleName=identifier)["Role"]
        return {
            "arn": role["Arn"],
            "assume_role_policy": json.dumps(role["AssumeRolePolicyDocument"]),
            "create_date": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": role.get("Description", ""),
            "max_session_duration": role.get("MaxSessionDuration", 3600),
            "name": identifier,
            "path": role["Path"],
            "tags_all": tag_map(role.get("Tags")),
            "unique_id": role["RoleId"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if old["assume_role_policy"] != new["assume_role_policy"]:
            self.api.update_assume_role_policy(RoleName=identifier, PolicyDocument=new["assume_role_policy"])
        if any(old[name] != new[name] for name in ("description", "max_session_duration")):
            self.api.update_role(
                RoleName=identifier,
                Description=new["description"] or "",
                MaxSessionDuration=int(new["max_session_duration"]),
            )

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_role(RoleName=identifier)


class RolePolicy(Resource):
    type = "aws_iam_role_policy"
    service = "iam"
    policy_documents = ("policy",)
    not_found_codes = NO_ENTITY

    def create(self, planned: Object) -> str:
        name = choose_name(planned)
        self.api.put_role_policy(RoleName=planned["role"], PolicyName=name, PolicyDocument=planned["policy"])
        return f"{planned['role']}:{name}"

    def read(self, identifier: str, state: Object) -> Object | None:
        role, _, name = identifier.partition(":")
        document = self.api.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return {"role": role, "name": name, "policy": json.dumps(document)}

    def update(self, identifier: str, old: Object, new: Object) -> None:
        role, _, name = identifier.partition(":")
        self.api.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])

    def delete(self, identifier: str, state: Object) -> None:
        role, _, name = identifier.partition(":")
        self.api.delete_role_policy(RoleName=role, PolicyName=name)


class Policy(Resource):
    type = "aws_iam_policy"
    service = "iam"
    policy_documents = ("policy",)
    not_found_codes = NO_ENTITY
    tagging = Tagging("PolicyArn", items=("Key", "Value"), tag="tag_policy", untag="untag_policy")

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_policy(
            **given(
                PolicyName=choose_name(planned),
                Path=planned["path"],
                Description=planned["description"],
                PolicyDocument=planned["policy"],
                Tags=tag_list(planned["tags_all"]),
            )
        )["Policy"]["Arn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        policy = self.api.get_policy(PolicyArn=identifier)["Policy"]
        version = self.api.get_policy_version(PolicyArn=identifier, VersionId=policy["DefaultVersionId"])
        return {
            "arn": identifier,
            "attachment_count": policy.get("AttachmentCount", 0),
            "description": policy.get("Description", ""),
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policy": json.dumps(version["PolicyVersion"]["Document"]),
            "policy_id": policy["PolicyId"],
            "tags_all": tag_map(self.api.list_policy_tags(PolicyArn=identifier)["Tags"]),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if old["policy"] == new["policy"]:
            return
        spare = self._versions_but_default(identifier)
        if len(spare) >= VERSION_LIMIT - 1:
            self.api.delete_policy_version(PolicyArn=identifier, VersionId=spare[0])
        self.api.create_policy_version(PolicyArn=identifier, PolicyDocument=new["policy"], SetAsDefault=True)

    def _versions_but_default(self, arn: str) -> list[str]:
        """Version ids, oldest first."""
        versions = self.api.list_policy_versions(PolicyArn=arn)["Versions"]
        spare = sorted((v for v in versions if not v["IsDefaultVersion"]), key=lambda version: version["CreateDate"])
        return [version["VersionId"] for version in spare]

    def delete(self, identifier: str, state: Object) -> None:
        for version in self._versions_but_default(identifier):
            self.api.delete_policy_version(PolicyArn=identifier, VersionId=version)
        self.api.delete_policy(PolicyArn=identifier)


class RolePolicyAttachment(Resource):
    type = "aws_iam_role_policy_attachment"
    service = "iam"
    not_found_codes = NO_ENTITY

    def create(self, planned: Object) -> str:
        self.api.attach_role_policy(RoleName=planned["role"], PolicyArn=planned["policy_arn"])
        return f"{planned['role']}/{planned['policy_arn']}"

    def read(self, identifier: str, state: Object) -> Object | None:
        pages = self.api.get_paginator("list_attached_role_policies").paginate(RoleName=state["role"])
        attached = {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}
        kept: Object = {"role": state["role"], "policy_arn": state["policy_arn"]}
        return kept if state["policy_arn"] in attached else None

    def delete(self, identifier: str, state: Object) -> None:
        self.api.detach_role_policy(RoleName=state["role"], PolicyArn=state["policy_arn"])

    def import_state(self, identifier: str) -> Object:
        role, _, arn = identifier.partition("/")
        return {"id": identifier, "role": role, "policy_arn": arn}
