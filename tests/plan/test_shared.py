"""One run of a baseline's seed serves every step that would make the same run."""

import msgspec
import pytest

from ablator.core.elements import Decision, Element, Evidence, Info, Range, Relation
from ablator.core.study import Study, study_from
from ablator.plan.planner import plan
from ablator.plan.types import Step
from ablator.plan.upcoming import upcoming

INFO = Info(metric="acc", goal="max", baseline=70.0, effect=1.0, noise=0.3, epsilon=0.9)
RATE = Element(
    id="learning-rate", lane="reachability", kind="factor", value=0.01, status="read", keys=("lr",), procedure="sweep",
    range=Range(scale="log", low=1e-4, high=1.0, span=100.0, points=4), prior=0.1, cost_runs=1.0,
)  # fmt: skip
NOISE = Element(
    id="noise-floor", lane="observation", kind="instrument", procedure="repeat-runs", prior=0.01, cost_runs=3.0
)
IDEAS = tuple(
    Element(id=k, lane="instantiation", kind="idea", value=True, keys=(k,), status="read", prior=0.01)
    for k in ("gate", "norm")
)
RELATIONS = [Relation(source=i.id, target="learning-rate", kind="retunes") for i in IDEAS]
DAY = "2026-02-01T00:00:00Z"


def said(number: int, step: str, element: str, word: str = "fine", date: str = "2026-01-01T00:00:00Z") -> Decision:
    return Decision(
        id=f"d-{number}", kind="verdict", step=step, element=element, verdict=word, reason="ok", date=date  # type: ignore[arg-type]
    )  # fmt: skip


BELOW = (said(1, "repeat-noise-floor", "noise-floor"), said(2, "tune-learning-rate", "learning-rate"))


def rows(step: str, arm: str, middle: float, words: tuple[str, ...], **settings: object) -> list[Evidence]:
    out = []
    for n, word in enumerate(words):
        run = f"{step}/{arm}/{word}"
        seed = int(word[1:]) if word[0] == "s" else None
        out.append(
            Evidence(
                id=f"run-{run}", kind="result", run=run, metrics={"acc": middle + (0.2, -0.2, 0.0, 0.1)[n % 4]},
                state="done", seed=seed, overrides=dict(settings), date=DAY,
            )  # type: ignore[arg-type]
        )  # fmt: skip
    return out


SEEDS = ("s1", "s2", "s3", "s4")
FIRST = [
    *rows("remove-gate", "base", 70.0, SEEDS),
    *rows("remove-gate", "without", 65.0, SEEDS, gate=False),
    *rows("remove-gate", "without", 65.0, ("t1", "t2", "t3", "t4"), gate=False),
]


def made(*evidence: Evidence, more: tuple[Decision, ...] = (), info: Info = INFO) -> Study:
    return study_from(info, [RATE, NOISE, *IDEAS], RELATIONS, evidence, [*BELOW, *more])


def step(study: Study, key: str) -> Step:
    found = plan(study).step(key)
    assert found is not None
    return found


def base_runs(study: Study) -> dict[str, str]:
    return {r.run: r.status for r in plan(study).runs if r.step == "remove-norm" and r.arm == "base"}


def test_a_second_step_is_served_by_the_seeds_of_the_first() -> None:
    study = made(*FIRST)
    assert step(study, "remove-gate").verdict == "critical"
    assert set(base_runs(study).values()) == {"done"}
    assert step(study, "remove-norm").state == "ready"
    asked = {r.run for r in upcoming(plan(study)).runs}
    assert asked
    assert not any("/base/" in r for r in asked)
    whole, mine = step(made(), "remove-norm"), step(study, "remove-norm")
    assert mine.cost_hours == pytest.approx(whole.cost_hours - len(base_runs(study)), abs=0.02)


def test_the_second_step_is_judged_against_them() -> None:
    own = [
        *rows("remove-norm", "without", 66.0, SEEDS, norm=False),
        *rows("remove-norm", "without", 66.0, ("t1", "t2", "t3", "t4"), norm=False),
    ]
    found = step(made(*FIRST, *own), "remove-norm")
    assert found.verdict == "critical"
    effect = next(a.effect for a in found.arms if a.id == "without")
    assert effect is not None
    assert effect.estimate == pytest.approx(-4.0)
    assert effect.n == 4


@pytest.mark.parametrize("what", ["settings", "seed", "failed", "changed", "ladder"])
def test_what_differs_is_run_again(what: str) -> None:
    first = FIRST
    info, more = INFO, ()
    if what == "settings":
        first = [msgspec.structs.replace(e, overrides={"lr": 0.1}) if "/base/" in e.run else e for e in first]
    if what == "seed":
        first = [msgspec.structs.replace(e, seed=9) if "/base/" in e.run else e for e in first]
    if what == "failed":
        first = [msgspec.structs.replace(e, state="failed", metrics={}) if "/base/" in e.run else e for e in first]
    if what == "changed":
        more = (said(3, "tune-learning-rate", "learning-rate", "fixed", "2026-03-01T00:00:00Z"),)  # type: ignore[assignment]
    if what == "ladder":
        info = msgspec.structs.replace(INFO, design="ladder")
    assert "done" not in base_runs(made(*first, more=more, info=info)).values()
