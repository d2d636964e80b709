import dataclasses
from pathlib import Path

import pytest

from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe_file import (
    RecipeError,
    ResolvedSetting,
    merge,
    read_recipe,
    recipe_kind,
    recipe_names,
    resolved_settings,
)


def test_the_rows_of_table_two_ship_as_recipes() -> None:
    rows = {"baseline", "pixel_sampling", "pixel_sampling_mse", "random_erasing", "pixel_sampling_mse_re"}
    assert rows <= set(recipe_names())


@pytest.mark.parametrize("name", ["pcb", "mgn", "hpm"])
def test_a_system_of_table_three_ships_with_and_without_pixel_sampling(name: str) -> None:
    without, with_sampling = read_recipe(name), read_recipe(f"{name}_pixel_sampling")
    assert "pixel_sampling" not in without
    assert with_sampling["pixel_sampling"]["parts"] == ["upper_clothes", "pants"]
    assert without["model"]["system"] == with_sampling["model"]["system"] == name
    assert all("Table III" in tree["description"] for tree in (without, with_sampling))


def test_hacnn_trains_from_scratch_at_its_papers_size() -> None:
    tree = read_recipe("hacnn")
    assert (tree["data"]["height"], tree["data"]["width"], tree["model"]["weights"]) == (160, 64, "none")


@pytest.mark.parametrize("profile", [None, "cpu"])
def test_the_released_codes_departures_stand_alone_and_together(profile: str | None) -> None:
    method = _settings("pixel_sampling_mse", profile)
    departures = {
        name: dict(_settings(name, profile).items() - method.items())
        for name in recipe_names()
        if name.startswith("released_") and name != "released_code"
    }
    assert departures == {
        "released_channels": {"pixel_sampling.colours": "channels"},
        "released_sigmoid": {"loss.consistency": "sigmoid"},
        "released_smoothing": {"loss.label_smoothing": 0.1},
        "released_rate": {"schedule.rate_scale": 0.1},
        "released_crop": {"augment.crop_parts": False},
        "released_jitter": {"augment.flip": 0, "augment.jitter": 0.1},
    }
    together = dict(_settings("released_code", profile).items() - method.items())
    assert together == {key: value for departure in departures.values() for key, value in departure.items()}


@pytest.mark.parametrize("profile", [None, "cpu"])
def test_each_addition_to_the_method_is_one_decision(profile: str | None) -> None:
    method = _settings("pixel_sampling_mse", profile)
    names = [name for name in recipe_names() if name.startswith("plus_")]
    changes = {name: dict(_settings(name, profile).items() - method.items()) for name in names}
    # AdamW wants a rate and a decay of its own.
    assert {name: len(change) for name, change in changes.items()} == {
        name: 3 if name == "plus_adamw" else 1 for name in names
    }
    assert len({next(iter(change)) for change in changes.values()}) == len(names)


@pytest.mark.parametrize("name", [*recipe_names(), *recipe_names(ParserRecipe)])
def test_every_recipe_has_a_one_line_description(name: str) -> None:
    description = read_recipe(name)["description"]
    assert description
    assert "\n" not in description


def test_a_recipe_inherits_what_it_does_not_say() -> None:
    tree = read_recipe("pixel_sampling_mse_re")
    assert tree["name"] == "pixel_sampling_mse_re"
    assert tree["pixel_sampling"]["parts"] == ["upper_clothes", "pants"]
    assert tree["loss"] == {"margin": 0.3, "consistency": "norm"}
    assert tree["augment"] == {"flip": 0.5, "crop_padding": 10, "erasing": 0.5}
    assert tree["schedule"]["epochs"] == 60


def test_a_profile_goes_over_the_recipe() -> None:
    tree = read_recipe("pixel_sampling", profile="cpu")
    assert tree["data"]["height"] == 128
    assert tree["pixel_sampling"]["parts"] == ["upper_clothes", "pants"]
    assert tree["description"] == read_recipe("pixel_sampling")["description"]


def test_a_users_file_may_inherit_from_a_shipped_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("inherits: pixel_sampling\nmodel:\n  backbone: resnet18\n")
    tree = read_recipe(path)
    assert tree["name"] == "mine"
    assert tree["model"]["backbone"] == "resnet18"
    assert tree["pixel_sampling"]["parts"] == ["upper_clothes", "pants"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model:\n  bakbone: resnet18\n", r"unknown key 'model\.bakbone', did you mean 'backbone'\?"),
        ("modle:\n  backbone: resnet18\n", r"unknown key 'modle', did you mean 'model'\?"),
        ("model: resnet18\n", "'model' is 'resnet18', expected settings below it"),
        ("schedule: {epochs: lots}\n", "'schedule.epochs' is 'lots', expected a whole number"),
        ("schedule: {epochs: 2.5}\n", "'schedule.epochs' is 2.5, expected a whole number"),
        ("seed: true\n", "'seed' is True, expected a whole number"),
        ("schedule: {gamma: x}\n", "'schedule.gamma' is 'x', expected a number such as 0.001"),
        ("schedule: {milestones: [1, b]}\n", r"is \[1, 'b'\], expected a list of a whole number"),
        ("loss: {consistency: nrom}\n", "'loss.consistency' is 'nrom', expected one of none, norm, sigmoid"),
        ("data: {root: 3}\n", "'data.root' is 3, expected a path or null"),
        ("- a\n- b\n", "expected settings"),
        ("model: [", "is not a YAML file"),
        ("inherits: basline\n", "inherits from 'basline', which is no recipe: did you mean 'baseline'"),
        ("inherits: mine\n", "inherits from itself"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as raised:
        read_recipe(path)
    assert "mine.yaml" in str(raised.value)


def test_a_whole_number_is_a_number_and_null_no_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("data: {root: null, pack: a/b.pack}\nloss: {margin: 1}\npixel_sampling: {parts: [pants]}\n")
    tree = read_recipe(path)
    assert tree["data"] == {"root": None, "pack": "a/b.pack"}
    assert tree["loss"] == {"margin": 1}


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="did you mean 'baseline'"):
        read_recipe("basline")
    with pytest.raises(RecipeError, match="there is no profile 'gpu'"):
        read_recipe("baseline", profile="gpu")
    with pytest.raises(RecipeError, match=r"there is no recipe file missing\.yaml"):
        read_recipe("missing.yaml")


def test_merging_keeps_both_sides_and_prefers_the_upper() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "e": 4}) == {"a": {"b": 9, "c": 2}, "d": 3, "e": 4}


def test_a_recipe_says_what_it_trains_and_its_heirs_train_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("inherits: parser\nschedule:\n  epochs: 3\n")
    assert recipe_kind("parser") is recipe_kind(tmp_path / "mine.yaml") is ParserRecipe
    assert recipe_kind("baseline") is Recipe
    tree = read_recipe(tmp_path / "mine.yaml")
    assert tree["schedule"] == {**read_recipe("parser")["schedule"], "epochs": 3}
    assert not {"trains", "inherits"} & tree.keys()


def test_recipes_of_models_and_of_parsers_are_listed_apart() -> None:
    assert recipe_names(ParserRecipe) == ["parser"]
    assert "parser" not in recipe_names()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trains: parsr\n", r"trains 'parsr': did you mean 'parser'\?"),
        ("trains: parser\nmodel:\n  backbone: resnet18\n", "unknown key 'model'"),
        ("inherits: parser\nschedule:\n  epoch: 3\n", r"unknown key 'schedule\.epoch', did you mean 'epochs'\?"),
        ("inherits: parser\ntrains: model\n", "trains a model but inherits from parser.yaml"),
        ("inherits: baseline\ntrains: parser\n", "trains a parser but inherits from base.yaml"),
    ],
)
def test_a_recipe_of_one_kind_with_settings_of_another_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(RecipeError, match=message):
        read_recipe(tmp_path / "mine.yaml")


def test_a_profile_for_models_does_not_go_over_a_parser() -> None:
    with pytest.raises(RecipeError, match=r"cpu\.yaml: unknown key"):
        read_recipe("parser", profile="cpu")


@pytest.mark.slow
@pytest.mark.parametrize("profile", [None, "cpu"])
@pytest.mark.parametrize("name", recipe_names())
def test_every_resolved_setting_is_what_the_recipe_runs_with(name: str, profile: str | None) -> None:
    tree = dataclasses.asdict(recipe_from_tree(read_recipe(name, profile)))
    expected = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    for group in tree.keys() - expected.keys():
        expected |= {f"{group}.{key}": value for key, value in tree[group].items()}
    assert {setting.key: setting.value for setting in resolved_settings(name, profile)} == expected


def test_a_setting_comes_from_the_last_file_that_says_it(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("inherits: pcb_pixel_sampling\ndescription: Mine\nschedule:\n  epochs: 3\n")
    found = {setting.key: setting for setting in resolved_settings(mine, "cpu")}
    for key, value, source in (
        ("name", "mine", str(mine)),
        ("description", "Mine", str(mine)),
        ("seed", 0, "default"),
        ("data.height", 128, "profiles/cpu.yaml"),
        ("data.identities", 16, "base.yaml"),
        ("model.system", "pcb", "pcb.yaml"),
        ("pixel_sampling.parts", ["upper_clothes", "pants"], "pcb_pixel_sampling.yaml"),
        ("loss.consistency", "none", "default"),
        ("schedule.epochs", 8, "profiles/cpu.yaml"),
    ):
        assert found[key] == ResolvedSetting(key, value, source)
    alone = {setting.key: setting for setting in resolved_settings(mine)}
    assert alone["schedule.epochs"] == ResolvedSetting("schedule.epochs", 3, str(mine))


def test_resolved_settings_of_a_parser_are_the_parsers() -> None:
    found = {setting.key: setting for setting in resolved_settings("parser")}
    assert found["augment.turn"] == ResolvedSetting("augment.turn", 0.1, "parser.yaml")
    assert found["data.cache"].source == "default"
    with pytest.raises(RecipeError, match=r"cpu\.yaml: unknown key"):
        resolved_settings("parser", "cpu")


def _settings(name: str, profile: str | None) -> dict[str, object]:
    """Return every setting of a recipe but its name and description, flat."""
    recipe = dataclasses.asdict(recipe_from_tree(read_recipe(name, profile)))
    groups = {key: group for key, group in recipe.items() if isinstance(group, dict)}
    return {
        f"{key}.{name}": str(value) if isinstance(value, list) else value
        for key, group in groups.items()
        for name, value in group.items()
    }
