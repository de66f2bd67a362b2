"""Commands of runs: four ways of handing settings over, and no text that becomes syntax."""

import json
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.runners.template import Filling, Style, Template, setting_words, variables

OVERRIDES: dict[str, Any] = {"lr": 1e-3, "name": "a b; rm -rf $HOME `x`", "sizes": [8, 16], "bias": True, "decay": None}


def filling(**changes: Any) -> Filling:
    values: dict[str, Any] = {"run": "tune-lr/sweep/t1", "folder": "/f", "file": "/f/overrides.json", "seed": 3}
    return Filling(**{**values, "overrides": OVERRIDES, **changes})


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        ("hydra", ["bias=true", "decay=null", "lr=0.001", "name=a b; rm -rf $HOME `x`", "sizes=[8, 16]"]),
        (
            "argparse",
            [
                "--bias",
                "true",
                "--decay",
                "null",
                "--lr",
                "0.001",
                "--name",
                "a b; rm -rf $HOME `x`",
                "--sizes",
                "8",
                "16",
            ],
        ),
        ("json", ["/f/overrides.json"]),
    ],
)
def test_the_settings_are_words_in_the_style_that_was_asked_for(style: Style, wanted: list[str]) -> None:
    words = Template.of("python 'my train.py' {overrides} --out={run}", style).words(filling())
    assert words == ["python", "my train.py", *wanted, "--out=tune-lr/sweep/t1"]


def test_the_environment_carries_settings_in_capitals() -> None:
    template = Template.of("train", "env")
    assert template.words(filling()) == ["train"]
    found = template.environment(filling(overrides={"optim.lr": 0.1, "name": "x y"}))
    assert (found["OPTIM_LR"], found["NAME"], found["ABLATOR_SEED"]) == ("0.1", "x y", "3")
    assert found["ABLATOR_RUN"] == "tune-lr/sweep/t1"


@pytest.mark.parametrize("key", ["path", "ld_preload", "PYTHONPATH", "ld-library-path", "1st", "bash_env"])
def test_no_setting_changes_which_programs_are_found(key: str) -> None:
    with pytest.raises(BadInput, match="no name for a setting"):
        variables({key: "x"})


def test_two_settings_of_one_variable_are_refused() -> None:
    with pytest.raises(BadInput, match="two settings"):
        variables({"a.b": 1, "a_b": 2})


def test_settings_fill_places_once() -> None:
    words = Template.of("t {overrides_json} {seed}").words(filling(overrides={"x": "{run} {seed}"}))
    assert words == ["t", json.dumps({"x": "{run} {seed}"}), "3"]


def test_a_run_without_a_seed_names_none() -> None:
    template = Template.of("t --seed {seed} -s {seed} seed={seed} {overrides} x{seed} {seed}")
    assert template.words(filling(overrides={}, seed=None)) == ["t", "x"]
    assert template.words(filling(overrides={}, seed=4)) == ["t", "--seed", "4", "-s", "4", "seed=4", "x4", "4"]


def test_braces_that_are_no_place_stay() -> None:
    assert Template.of("awk '{print $1}' {run}").words(filling(run="r")) == ["awk", "{print $1}", "r"]


def test_values_that_look_like_options_stay_values() -> None:
    assert setting_words({"x": "--help", "y": -1}, "argparse", "") == ["--x=--help", "--y=-1"]


@pytest.mark.parametrize("text", ["", "  ", "python 'train"])
def test_no_command_and_broken_quotes_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Template.of(text)
