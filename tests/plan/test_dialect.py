"""Arms and trials in the words of the files: every setting can be handed back, and what has none is marked."""

import json
from pathlib import Path

import msgspec
import pytest

from ablator.core.study import Study
from ablator.importers.build import Options, study_from_files
from ablator.plan.planner import plan
from ablator.plan.types import Arm, Run

LLAMA = {
    "model_type": "llama",
    "hidden_size": 512,
    "intermediate_size": 1376,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 32000,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
}
TRAINER = {
    "learning_rate": 3e-4,
    "per_device_train_batch_size": 8,
    "max_steps": 1000,
    "warmup_steps": 50,
    "lr_scheduler_type": "cosine",
    "optim": "adamw_torch",
    "bf16": False,
    "fp16": True,
}
NANO = "learning_rate = 6e-4\nbatch_size = 12\nmax_iters = 600000\nn_layer=12\nn_head=12\nn_embd=768\nbeta2 = 0.95\n"


def study(tmp_path: Path, **files: object) -> Study:
    paths = []
    for name, held in files.items():
        path = tmp_path / (f"{name}.json" if isinstance(held, dict) else f"{name}.py")
        path.write_text(json.dumps(held) if isinstance(held, dict) else str(held), encoding="utf-8")
        paths.append(path)
    made = study_from_files(paths, Options(metric="eval_loss", goal="min")).study
    return msgspec.structs.replace(made, info=msgspec.structs.replace(made.info, epsilon=0.0))


def arm(made: Study, element: str, name: str) -> Arm:
    return next(a for s in plan(made).steps if s.element == element for a in s.arms if a.id == name)


def trials(made: Study, element: str) -> list[Run]:
    found = plan(made)
    steps = {s.id for s in found.steps if s.element == element}
    return [r for r in found.runs if r.step in steps and r.kind == "tune"]


@pytest.mark.parametrize(
    ("element", "name", "settings"),
    [
        ("silu", "to-relu", {"hidden_act": "relu"}),
        ("silu", "to-gelu", {"hidden_act": "gelu"}),
        ("activation_function", "without", {"hidden_act": "linear"}),
        ("grouped_query_attention", "size-multi_query_attention", {"num_key_value_heads": 1}),
        ("grouped_query_attention", "without", {"num_key_value_heads": 8}),
        ("ffn_expansion_ratio", "half", {"intermediate_size": 688}),
        ("depth", "double", {"num_hidden_layers": 16}),
    ],
)
def test_an_arm_sets_the_key_that_was_read(
    tmp_path: Path, element: str, name: str, settings: dict[str, object]
) -> None:
    made = study(tmp_path, config=LLAMA)
    found = arm(made, element, name)
    assert found.overrides == settings
    assert not found.to_write


def test_what_no_key_makes_is_marked_and_never_a_copy_of_the_baseline(tmp_path: Path) -> None:
    made = study(tmp_path, config=LLAMA, training_args=TRAINER)
    found = plan(made)
    keys = {*LLAMA, *TRAINER, "lr_scheduler_kwargs"}
    for step in found.steps:
        for one in step.arms:
            if step.stage == "instantiate" and one.id not in {"base", "find-out"}:
                assert one.overrides
                assert one.to_write or set(one.overrides) <= keys
    for run in found.runs:
        if run.kind != "check" and run.arm != "base":
            assert run.overrides, run.run
            assert run.to_write or set(run.overrides) <= keys
            assert not (run.to_write and run.command)


def test_trials_of_an_arm_differ_whatever_it_tunes(tmp_path: Path) -> None:
    made = study(tmp_path, config=LLAMA, training_args=TRAINER)
    by_arm: dict[tuple[str, str], list[str]] = {}
    for run in plan(made).runs:
        if run.kind == "tune":
            by_arm.setdefault((run.step, run.arm), []).append(json.dumps(run.overrides, sort_keys=True))
    assert all(len(set(rows)) == len(rows) for rows in by_arm.values())


def test_trials_of_a_step_differ(tmp_path: Path) -> None:
    made = study(tmp_path, config=LLAMA, training_args=TRAINER)
    by_step: dict[str, list[str]] = {}
    for run in plan(made).runs:
        if run.kind == "tune" and run.arm in {"sweep", "more"}:
            by_step.setdefault(run.step, []).append(json.dumps(run.overrides, sort_keys=True))
    assert by_step
    assert all(len(set(rows)) == len(rows) for rows in by_step.values())


def test_settings_of_the_trainer_speak_its_words(tmp_path: Path) -> None:
    made = study(tmp_path, config=LLAMA, training_args=TRAINER)
    assert [r.overrides for r in trials(made, "precision")] == [
        {"bf16": False, "fp16": True},
        {"bf16": False, "fp16": False},
        {"bf16": True, "fp16": False},
    ]
    kinds = [r.overrides["optim"] for r in trials(made, "optimizer-choice")]
    assert list(dict.fromkeys(kinds)) == ["adamw_torch", "sgd", "adafactor"]
    schedules = {r.overrides["lr_scheduler_type"]: r.overrides for r in trials(made, "lr-schedule")}
    assert list(schedules) == ["cosine", "constant_with_warmup", "linear", "warmup_stable_decay"]
    assert schedules["warmup_stable_decay"]["lr_scheduler_kwargs"] == {"num_decay_steps": 200}


def test_heads_divide_every_width_and_heads_are_not_capacity(tmp_path: Path) -> None:
    made = study(tmp_path, nano=NANO)
    for run in plan(made).runs:
        if not run.to_write:
            both = {"n_head": 12, "n_embd": 768, **run.overrides}
            assert both["n_embd"] % both["n_head"] == 0, run.run
    assert all(set(r.overrides) == {"n_embd"} for r in trials(made, "capacity"))
    assert made.elements["capacity"].value is None
    assert all("beta2" not in r.overrides for r in trials(made, "optimizer-choice"))


@pytest.mark.parametrize(
    ("present", "others"),
    [("16-mixed", {"32-true", "bf16-mixed"}), ("bfloat16", {"float32", "float16"}), ("no", {"bf16", "fp16"})],
)
def test_a_precision_keeps_the_spelling_of_its_file(tmp_path: Path, present: str, others: set[str]) -> None:
    made = study(tmp_path, settings={"learning_rate": 1e-3, "precision": present, "batch_size": 8})
    found = trials(made, "precision")
    assert found[0].overrides == {"precision": present}
    assert {r.overrides["precision"] for r in found[1:]} == others


def test_costs_follow_what_an_arm_computes(tmp_path: Path) -> None:
    made = study(tmp_path, config=LLAMA, training_args={**TRAINER, "max_steps": 3})
    found = plan(made)
    cost = {(r.step, r.arm): 0.0 for r in found.runs}
    for r in found.runs:
        cost[r.step, r.arm] += r.cost_hours
    for size in ("resize-depth", "resize-width"):
        assert cost[size, "half"] < cost[size, "base"] < cost[size, "double"]
    long = [(r.overrides["max_steps"], r.cost_hours) for r in trials(made, "training-length")]
    for steps, hours in long:
        assert hours == pytest.approx(steps / 3, rel=0.05)
