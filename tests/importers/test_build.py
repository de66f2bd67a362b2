"""One study from several files: values, contradictions, options, and always the same bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.checks import document_findings
from ablator.core.errors import AblatorError, BadInput, CannotAccess
from ablator.core.study import Study
from ablator.files.study_file import decode, encode
from ablator.importers.build import Options, study_from_files
from ablator.importers.sources import of_value
from ablator.library import library
from ablator.library.elements import twins

MODEL = {
    "model_type": "gpt2",
    "n_embd": 64,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 128,
    "vocab_size": 100,
    "resid_pdrop": 0.1,
    "initializer_range": 0.02,
}
SETTINGS = {
    "learning_rate": 3e-4,
    "per_device_train_batch_size": 16,
    "max_steps": 1000,
    "num_train_epochs": 3.0,
    "warmup_steps": 100,
    "weight_decay": 0.1,
    "optim": "adamw_torch",
    "seed": 0,
    "lr_scheduler_type": "cosine",
}
LOG = {
    "global_step": 20,
    "max_steps": 20,
    "log_history": [
        {"step": 10, "loss": 3.0},
        {"step": 10, "eval_loss": 3.1, "eval_accuracy": 0.2},
        {"step": 20, "loss": 2.5},
        {"step": 20, "eval_loss": 2.75, "eval_accuracy": 0.25},
        {"step": 20, "train_runtime": 7200.0},
    ],
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder: a model, settings, a log, and files that tell nothing."""
    folder = tmp_path / "my-run"
    folder.mkdir()
    for name, value in (("config.json", MODEL), ("training_args.json", SETTINGS), ("trainer_state.json", LOG)):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    return folder


def built(*sources: Path | str, **options: Any) -> Study:
    result = study_from_files(sources, Options(**options))
    assert not result.problems, [str(p) for p in result.problems]
    return result.study


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_run_folder_becomes_one_study(run: Path) -> None:
    study = built(run)
    info = study.info
    assert (info.name, info.model_type, info.family) == ("my-run", "gpt2", "decoder_lm")
    assert (info.metric, info.goal, info.baseline) == ("eval_loss", "min", 2.75)
    assert info.hours_per_run == 2.0
    assert [a.name for a in info.artefacts] == ["config.json", "trainer_state.json", "training_args.json"]
    assert all(len(a.sha256) == 64 for a in info.artefacts)
    rate = study.elements["learning-rate"]
    assert (rate.value, rate.status, rate.keys) == (3e-4, "read", ("learning_rate",))
    assert rate.from_ == ("training_args.json: learning_rate",)
    assert study.elements["dropout"].value == 0.1
    assert study.elements["dropout"].keys == ("resid_pdrop",)
    assert study.elements["initialisation"].value == 0.02
    assert study.elements["training-length"].keys == ("max_steps",)
    assert study.elements["loss-at-init"].status == "unknown"
    assert study.elements["rope"].present if "rope" in study.elements else True
    assert any(e.lane == "noumenon" for e in study.elements.values())
    assert any(r.kind == "instantiates" for r in study.relations.values())
    assert any(r.kind == "retunes" for r in study.relations.values())


def test_every_factor_stands_once_and_twins_are_one(run: Path) -> None:
    study = built(run)
    assert set(library().factors) <= set(study.elements)
    assert not {idea for idea, factor in twins().items() if idea != factor} & set(study.elements)
    assert not document_findings(study)


def test_same_files_same_bytes(run: Path) -> None:
    first, second = encode(built(run)), encode(built(run))
    assert first == second
    assert decode(first, "study").same_as(built(run))


def test_an_epoch_count_counts_where_steps_are_off(tmp_path: Path) -> None:
    study = built(write(tmp_path, "args.json", {**SETTINGS, "max_steps": -1}))
    length = study.elements["training-length"]
    assert (length.value, length.keys) == (3.0, ("num_train_epochs",))


def test_without_a_model_the_usual_culprits_are_open_questions(tmp_path: Path) -> None:
    study = built(write(tmp_path, "training_args.json", SETTINGS))
    for culprit in library().culprits:
        element = study.elements[culprit.partition(":")[2]]
        assert element.status == "unknown"
        assert element.present is None
    assert "model" in study.info.unknown


def test_contradictions_between_files_are_shown(tmp_path: Path) -> None:
    one = write(tmp_path, "a.json", MODEL)
    two = write(tmp_path, "b.json", {**MODEL, "n_embd": 128})
    result = study_from_files([one, two], Options())
    said = [c for r in result.readings for c in r.contradictions]
    assert said == ["a.json says n_embd = 64, b.json says n_embd = 128"]
    assert result.study.elements["width"].value == 64
    assert any("n_embd" in u for u in result.study.info.unknown)


def test_options_beat_what_the_files_say(run: Path) -> None:
    study = built(run, name="mine", metric="accuracy", baseline=0.3, effect="1.5%", hours_per_run=1.0, budget=40.0)
    info = study.info
    assert (info.name, info.metric, info.goal, info.baseline) == ("mine", "accuracy", "max", 0.3)
    assert (info.effect, info.hours_per_run, info.budget) == ("1.5%", 1.0, 40.0)
    assert built(run, metric="accuracy").info.baseline == 0.25


def test_symptoms_are_evidence_and_unknown_ones_are_refused(run: Path) -> None:
    symptom = next(iter(library().symptoms))
    study = built(run, symptoms=(symptom,))
    row = study.evidence[f"symptom-{symptom}"]
    assert (row.kind, row.name) == ("symptom", symptom)
    with pytest.raises(BadInput, match="did you mean"):
        built(run, symptoms=(symptom + "x",))


def test_ideas_by_name(tmp_path: Path) -> None:
    study = built(
        write(tmp_path, "ideas.json", {"ideas": ["softmax_attention", "decoder/rope", "residual_connection"]})
    )
    assert study.elements["decoder/rope"].present
    assert study.elements["decoder/position_information"].is_slot
    assert study.elements["token_mixing"].is_slot
    result = study_from_files([write(tmp_path, "bad.json", {"ideas": ["softmax_atention"]})], Options())
    assert "did you mean softmax_attention" in str(result.problems[0])
    assert ": /ideas/0" in result.problems[0].place


@pytest.mark.parametrize(
    "name", ["decoder-lm", "encoder-lm", "encoder-decoder", "vit", "cnn", "moe", "state-space", "diffusion", "mlp"]
)
def test_templates(name: str) -> None:
    study = built(f"template:{name}")
    ideas = [e for e in study.elements.values() if e.kind == "idea" and e.present and not e.is_slot]
    assert len(ideas) >= 5
    assert study.info.name
    assert not document_findings(study)


def test_an_unknown_template_names_those_there_are() -> None:
    result = study_from_files(["template:nothing"], Options())
    assert "decoder-lm" in str(result.problems[0])


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"", "empty", ":1"),
        (b"\x00\x01\x02\x03" * 20, "binary", ""),
        (b'{"model_type": "gpt2", "n_embd":', "", ":1"),
        (b'{"model_type": "gpt2",\n "n_embd": 1, "n_embd": 2}', "twice", ":2"),
        (b"[" * 100 + b"]" * 100, "nested", ":1"),
        (b'{"model_type": "gpt2"} {"a": 1}', "", ":1"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS", ""),
        (b'{\n"model_type": "gpt2" // a comment\n}', "comment", ":2"),
        (b'{"colour": "red"}', "neither a model", ":1"),
        (b"[1, 2]", "a list", ":1"),
        (b"42", "a number", ":1"),
        (b'{"model_type": 3, "n_embd": 4}', "model_type must be a text", "/model_type"),
        (b'{"format": "ablation-study", "version": 1}', "a study already", ""),
    ],
)
def test_bad_files_give_one_clear_line(tmp_path: Path, data: bytes, words: str, line: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(data)
    result = study_from_files([path], Options())
    (problem,) = result.problems
    assert isinstance(problem, BadInput)
    assert words in problem.what
    assert problem.mend
    assert problem.place.startswith(str(path))
    assert line in problem.place
    assert len(str(problem).splitlines()) == 1


def test_missing_files_and_empty_folders(tmp_path: Path) -> None:
    missing = study_from_files([tmp_path / "nowhere.json"], Options()).problems[0]
    assert isinstance(missing, CannotAccess)
    assert missing.exit_code == 3
    empty = study_from_files([tmp_path], Options()).problems[0]
    assert "nothing in this folder" in empty.what


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    (problem,) = study_from_files([path], Options()).problems
    assert "50,000,000 bytes" in problem.what


NAMES = st.sampled_from(
    ["model_type", "n_embd", "ideas", "log_history", "learning_rate", "lr", "batch_size", "max_steps", "name", "config",
     "num_hidden_layers", "hidden_size", "seed", "text_config", "optim", "metric_for_best_model", "format"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=6)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=15
)


@given(st.dictionaries(NAMES, TREES, max_size=12))
def test_anything_gives_a_study_that_saves_or_one_clear_line(value: dict[str, Any]) -> None:
    from ablator.importers.build import study_of

    try:
        reading = of_value(value, "any.json", "any.json")
    except AblatorError as wrong:
        problem = str(wrong)
        assert problem.startswith("any.json")
        return
    data = encode(study_of([reading], Options()))
    assert encode(decode(data, "study")) == data
