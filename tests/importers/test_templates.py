"""Each template is a sensible, rich study."""

import json
from pathlib import Path

import pytest

from ablator.core import queries
from ablator.importers.build import Options, study_from_files
from ablator.importers.sources import read_source
from ablator.library import library
from ablator.plan.planner import plan
from ablator.resources import resource

NAMES = {
    "decoder-lm": ("decoder_lm", 25),
    "encoder-lm": ("encoder_lm", 28),
    "encoder-decoder": ("encdec_lm", 40),
    "vit": ("vit", 22),
    "cnn": ("cnn", 15),
    "moe": ("moe", 28),
    "state-space": ("ssm", 20),
    "diffusion": ("dit", 30),
    "mlp": ("tabular", 12),
}


def test_there_are_nine() -> None:
    assert {p.stem for p in resource("templates").glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_a_study_without_contradictions(name: str) -> None:
    family, least = NAMES[name]
    built = study_from_files([f"template:{name}"], Options(metric="loss", goal="min"))
    assert built.problems == ()
    assert built.readings[0].contradictions == ()
    study = built.study
    assert study.info.family == family
    ideas = [e for e in study.elements.values() if e.kind == "idea" and e.present]
    assert len(ideas) >= least
    assert sum(e.kind == "claim" for e in study.elements.values()) >= 8
    assert queries.problems_of(study, {e.id for e in ideas}) == []
    steps = plan(study).steps
    assert {s.stage for s in steps} == {"observe", "reach", "instantiate", "perceive"}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_names_known_ideas_and_its_family(name: str) -> None:
    value = json.loads(resource("templates", f"{name}.json").read_text(encoding="utf-8"))
    assert value["name"]
    assert value["family"] == NAMES[name][0]
    for row in value["ideas"]:
        assert (row if isinstance(row, str) else row["idea"]) in library().ideas


def test_the_decoder_has_the_size_of_gpt2() -> None:
    assert read_source("template:decoder-lm")[0].parameters == 124_439_808


def test_an_unknown_template_names_those_there_are(tmp_path: Path) -> None:
    built = study_from_files(["template:transformer"], Options())
    assert "decoder-lm" in str(built.problems[0])
