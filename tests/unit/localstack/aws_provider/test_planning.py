"""Plans, refreshed states and applied states, by the rules of the real provider's SDK."""

from tests.support.aws_provider.example_resource import (
    EXAMPLE_SCHEMA,
    ExampleResource,
    ExampleWithoutDefaults,
    example_object,
)
from toq_aws_provider.planning import Plan, Planner, ProviderData, tag_changes
from toq_aws_provider.values import UNKNOWN, Object

PROVIDER_DATA = ProviderData("us-east-1", {"Application": "toq"})
PLANNER = Planner(ExampleResource, EXAMPLE_SCHEMA, PROVIDER_DATA)
EXISTING = example_object(
    id="a", region="us-east-1", arn="arn:a", revision="r1", name="a", seconds=30, tags_all={"Application": "toq"}
)


def planned_change(**config: object) -> Plan:
    """The plan for an existing resource; Terraform proposes prior values where the configuration is silent."""
    computed = {
        name: EXISTING[name] for name, it in EXAMPLE_SCHEMA.attributes.items() if it.computed and name not in config
    }
    return PLANNER.plan(EXISTING, example_object(**{**computed, **config}), example_object(**config))


def planned_creation(**config: object) -> Object:
    return PLANNER.plan(None, example_object(**config), example_object(**config)).state


def test_a_new_resource_knows_what_is_configured_and_not_what_aws_decides() -> None:
    planned = planned_creation(name="a", note="n")
    assert (planned["name"], planned["note"]) == ("a", "n")
    assert (planned["id"], planned["arn"], planned["name_prefix"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert planned["members"] is None


def test_defaults_stand_where_the_configuration_is_silent() -> None:
    planned = planned_creation(name="a", rule=[{"name": "x"}, {"name": "y", "size": 9}])
    assert planned["seconds"] == 30
    assert [rule["size"] for rule in planned["rule"]] == [5, 9]
    assert planned_creation(seconds=7)["seconds"] == 7


def test_what_aws_decides_inside_a_block_is_unknown_too() -> None:
    assert planned_creation(grant=[{"name": "x"}])["grant"] == [{"name": "x", "size": None, "prefix": UNKNOWN}]


def test_the_region_is_the_providers_unless_configured() -> None:
    assert planned_creation()["region"] == "us-east-1"
    assert planned_creation(region="sa-east-1")["region"] == "sa-east-1"


def test_default_tags_are_under_the_configured_ones() -> None:
    assert planned_creation(tags={"Own": "1"})["tags_all"] == {"Application": "toq", "Own": "1"}
    assert planned_creation(tags={"Application": "mine"})["tags_all"] == {"Application": "mine"}
    assert planned_creation(tags={"Own": UNKNOWN})["tags_all"] is UNKNOWN


def test_an_unchanged_resource_is_planned_as_it_is() -> None:
    result = planned_change(name="a")
    assert result == Plan(EXISTING, [])


def test_a_changed_name_replaces_the_resource() -> None:
    assert planned_change(name="b").requires_replace == ["name"]


def test_another_region_replaces_the_resource() -> None:
    assert planned_change(name="a", region="sa-east-1").requires_replace == ["region"]


def test_a_name_that_is_not_known_yet_replaces_the_resource() -> None:
    assert planned_change(name=UNKNOWN).requires_replace == ["name"]


def test_a_changed_note_does_not_replace_but_lets_aws_choose_a_revision() -> None:
    result = planned_change(name="a", note="new")
    assert result.requires_replace == []
    assert result.state["revision"] is UNKNOWN
    assert result.state["arn"] == "arn:a"


def test_inside_a_block_only_the_attribute_that_forces_it_replaces() -> None:
    prior = {**EXISTING, "rule": [{"name": "x", "size": 5, "prefix": None}]}
    resized = example_object(**{**EXISTING, "rule": [{"name": "x", "size": 6}]})
    renamed = example_object(**{**EXISTING, "rule": [{"name": "y", "size": 5}]})
    assert PLANNER.plan(prior, resized, resized).requires_replace == []
    assert PLANNER.plan(prior, renamed, renamed).requires_replace == ["rule.name"]


def test_a_changed_block_opens_what_aws_decides_in_it() -> None:
    prior = {**EXISTING, "grant": [{"name": "x", "size": 1, "prefix": "old/"}]}
    proposed = example_object(**{**EXISTING, "grant": [{"name": "y", "size": 1}]})
    assert PLANNER.plan(prior, proposed, proposed).state["grant"] == [{"name": "y", "size": 1, "prefix": UNKNOWN}]


def test_a_document_that_says_the_same_keeps_its_spelling() -> None:
    prior = {**EXISTING, "layout": '{"a":1,"b":2}', "policy": '{"Statement":[{"Action":["x"]}]}'}
    proposed = example_object(**{**prior, "layout": '{"b": 2, "a": 1}', "policy": '{"Statement": {"Action": "x"}}'})
    assert PLANNER.plan(prior, proposed, proposed) == Plan(prior, [])


def test_a_set_in_another_order_is_no_change_and_a_list_is() -> None:
    prior = {**EXISTING, "members": ["a", "b"], "steps": ["a", "b"]}
    proposed = example_object(**{**prior, "members": ["b", "a"], "steps": ["b", "a"]})
    planned = PLANNER.plan(prior, proposed, proposed).state
    assert planned["members"] == ["a", "b"]
    assert planned["steps"] == ["b", "a"]


def test_a_block_that_aws_keeps_is_not_removed_by_silence() -> None:
    prior = {**EXISTING, "logging": [{"name": "x", "size": None, "prefix": None}]}
    assert (
        PLANNER.plan(prior, example_object(**EXISTING), example_object(name="a")).state["logging"] == prior["logging"]
    )


def test_a_type_that_may_not_add_to_the_configuration_leaves_an_empty_text_alone() -> None:
    strict = Planner(ExampleWithoutDefaults, EXAMPLE_SCHEMA, PROVIDER_DATA)
    proposed = example_object(**{**EXISTING, "note": ""})
    assert strict.plan(EXISTING, proposed, proposed).state["note"] == ""


def test_a_refresh_takes_what_aws_says() -> None:
    refreshed = PLANNER.refresh(EXISTING, {"seconds": 60, "arn": "arn:a"})
    assert refreshed == {**EXISTING, "seconds": 60}


def test_a_refresh_keeps_the_spelling_of_what_means_the_same() -> None:
    state = {**EXISTING, "layout": '{"a": 1}', "members": ["b", "a"], "note": None}
    assert PLANNER.refresh(state, {"layout": '{"a":1}', "members": ["a", "b"], "note": ""}) == state


def test_a_refresh_leaves_out_blocks_and_settings_that_were_never_configured() -> None:
    state = {**EXISTING, "rule": [{"name": "x", "size": None, "prefix": None}]}
    actual = {"rule": [{"name": "x", "size": 5, "prefix": "p/"}], "grant": [{"name": "by-aws"}]}
    assert PLANNER.refresh(state, actual) == state


def test_a_refresh_sees_a_block_that_was_changed() -> None:
    state = {**EXISTING, "rule": [{"name": "x", "size": 5, "prefix": None}]}
    refreshed = PLANNER.refresh(state, {"rule": [{"name": "x", "size": 6}]})
    assert refreshed["rule"] == [{"name": "x", "size": 6, "prefix": None}]


def test_a_refresh_tells_own_tags_from_default_and_system_tags() -> None:
    state = {**EXISTING, "tags": {"Own": "1"}}
    actual = {"tags_all": {"Application": "toq", "Own": "1", "Other": "2", "aws:cloudformation:stack-id": "s"}}
    refreshed = PLANNER.refresh(state, actual)
    assert refreshed["tags"] == {"Own": "1", "Other": "2"}
    assert refreshed["tags_all"] == {"Application": "toq", "Own": "1", "Other": "2"}


def test_an_import_takes_everything_and_fills_in_defaults_and_the_name_prefix() -> None:
    name = "batch-" + "0123456789abcdef0123456789"
    actual = {"name": name, "rule": [{"name": "x"}], "tags_all": {}}
    imported = PLANNER.refresh(example_object(id=name), actual, importing=True)
    assert imported["rule"] == [{"name": "x", "size": 5, "prefix": None}]
    assert (imported["seconds"], imported["name_prefix"], imported["region"]) == (30, "batch-", "us-east-1")


def test_after_an_apply_the_state_is_the_plan_with_the_gaps_filled_from_aws() -> None:
    planned = {**example_object(id=UNKNOWN, arn=UNKNOWN, name="a", note="n"), "revision": UNKNOWN}
    state = PLANNER.complete(planned, {"id": "a", "arn": "arn:a", "note": "AWS spells it otherwise"})
    assert (state["id"], state["arn"], state["revision"], state["note"]) == ("a", "arn:a", None, "n")


def test_gaps_in_a_list_are_filled_by_position_and_in_a_set_by_content() -> None:
    blocks = [{"name": "x", "size": 1, "prefix": UNKNOWN}, {"name": "y", "size": 2, "prefix": UNKNOWN}]
    actual = [{"name": "y", "size": 2, "prefix": "y/"}, {"name": "x", "size": 1, "prefix": "x/"}]
    state = PLANNER.complete(example_object(rule=blocks, grant=blocks), {"rule": actual, "grant": actual})
    assert [rule["prefix"] for rule in state["rule"]] == ["y/", "x/"]
    assert [grant["prefix"] for grant in state["grant"]] == ["x/", "y/"]


def test_create_and_update_get_none_for_what_is_not_known() -> None:
    known = PLANNER.known_part(example_object(id=UNKNOWN, grant=[{"name": "x", "prefix": UNKNOWN}]))
    assert known["id"] is None
    assert known["grant"] == [{"name": "x", "size": None, "prefix": None}]


def test_tag_changes_name_what_to_set_and_what_to_remove() -> None:
    old, new = {"tags_all": {"a": "1", "b": "1", "c": "1"}}, {"tags_all": {"a": "1", "b": "2", "d": "1"}}
    assert tag_changes(old, new) == ({"b": "2", "d": "1"}, ["c"])
