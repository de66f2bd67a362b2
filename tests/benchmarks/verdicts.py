"""How often verdicts are wrong: studies of known truth, planned, run and judged by the program itself.

Each study follows the plan until nothing is left or it asked for seeds too often. Beside it stand two customs: three
seeds and a glance, and one seed. Run as `python tests/benchmarks/verdicts.py [STUDIES] [PROCESSES]`; prints a table.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from ablator.core.elements import Decision, Element, Evidence, Info, Json, Range, Relation
from ablator.core.study import Study, study_from
from ablator.plan.planner import plan
from ablator.plan.power import seeds_needed
from ablator.plan.types import Plan, Run
from ablator.plan.upcoming import upcoming

DELTA = 1.0
BASE = 70.0
ROUNDS = 24
EFFECTS = (0.0, 0.0, 0.0, -DELTA, DELTA, -1.5 * DELTA, 2.0 * DELTA, 0.4 * DELTA)
"""True differences of an arm to the baseline, drawn evenly; the effect of interest itself is the hard one."""

KINDS = ("normal", "heavy tails", "skewed", "unequal variance", "paired seeds", "uncertain tuning", "collapsed arm")
CLAIMS = {"critical": -1, "harmful": 1}


class World(msgspec.Struct):
    """What is true of one study: the kind of noise, its size between seeds, and each idea's effect when removed."""

    kind: str
    noise: float
    effects: dict[str, float]
    optima: dict[str, float]
    """Where the best learning rate of an arm lies, in decades from the baseline's."""
    collapsed: frozenset[str]
    seed: int
    louder: float = 1.0


class Tally(msgspec.Struct):
    """Counts over studies and arms: (hits, cases) by question."""

    counts: dict[str, list[int]] = {}

    def add(self, question: str, hit: bool) -> None:
        """Count one case."""
        row = self.counts.setdefault(question, [0, 0])
        row[0] += hit
        row[1] += 1

    def join(self, other: "Tally") -> None:
        """Count what another tally counted, too."""
        for question, (hits, cases) in other.counts.items():
            row = self.counts.setdefault(question, [0, 0])
            row[0] += hits
            row[1] += cases

    def share(self, question: str) -> float:
        """Share of the cases that hit; NaN without any."""
        hits, cases = self.counts.get(question, (0, 0))
        return hits / cases if cases else float("nan")


def world(number: int, kind: str = "") -> World:
    """A study of known truth; the same number gives the same."""
    rng = np.random.default_rng(number)
    ideas = [f"idea-{i}" for i in range(1, int(rng.choice([1, 1, 2, 3, 5])) + 1)]
    kind = kind or KINDS[number % len(KINDS)]
    return World(
        kind,
        float(rng.choice([0.15, 0.4, 0.64, 0.8])),
        {k: float(rng.choice(EFFECTS)) for k in ideas},
        {k: float(rng.normal(0, 0.3)) if kind == "uncertain tuning" else 0.0 for k in (*ideas, "base")},
        frozenset(ideas[:1]) if kind == "collapsed arm" else frozenset(),
        number,
        float(rng.choice([0.5, 1.5, 2.0])) if kind == "unequal variance" else 1.0,
    )


def made(w: World) -> Study:
    """The study as a person would have it when the noise is known; the baseline is yet to be tuned."""
    rate = Element(
        id="learning-rate",
        lane="reachability",
        kind="factor",
        value=0.01,
        status="read",
        keys=("lr",),
        procedure="sweep",
        range=Range(scale="log", low=1e-5, high=1.0, span=100.0, points=8),
        prior=0.1,
        cost_runs=1.0,
    )
    noise = Element(
        id="noise-floor", lane="observation", kind="instrument", procedure="repeat-runs", prior=0.01, cost_runs=3.0
    )
    ideas = [
        Element(id=k, lane="instantiation", kind="idea", value=True, keys=(k,), status="read", prior=0.01)
        for k in w.effects
    ]
    said = [
        Decision(
            id=f"d{n}", kind="verdict", step=step, element=element, verdict="fine", author="sim", date="2026-01-01"
        )
        for n, (step, element) in enumerate((("repeat-noise-floor", noise.id),), 1)
    ]
    relations = [Relation(source=k, target=rate.id, kind="retunes") for k in w.effects]
    info = Info(metric="accuracy", goal="max", baseline=BASE, effect=DELTA, noise=w.noise, epsilon=0.9)
    study = study_from(info, [rate, noise, *ideas], relations)
    return msgspec.structs.replace(study, decisions={d.id: d for d in said})


def value(w: World, idea: str, run: Run) -> float:
    """What a training of this arm at these settings ends with."""
    _, arm, word = run.run.split("/")
    arm = arm if idea in w.effects else "base"
    label = 0 if arm == "base" else int(idea.rpartition("-")[2])
    own = np.random.default_rng((w.seed, label, sum(map(ord, run.run))))
    top = BASE + (0.0 if arm == "base" else w.effects[idea])
    if arm != "base" and idea in w.collapsed:
        return 0.1
    best = w.optima["base" if arm == "base" else idea]
    rate = run.overrides.get("lr", 0.01)
    off = float(np.log10(rate / 0.01)) - best if isinstance(rate, int | float) else 0.0
    steep = 1.5 if w.kind == "uncertain tuning" else 0.3
    size = w.noise * (w.louder if arm != "base" else 1.0)
    shared = 0.0
    if w.kind == "paired seeds" and word.startswith("s"):
        both = np.random.default_rng((w.seed, 999, sum(map(ord, idea)), int(word[1:])))
        shared, size = float(both.normal(0, size * 0.8**0.5)), size * 0.2**0.5
    return top - steep * off**2 * (w.kind == "uncertain tuning") + shared + size * _drawn(w.kind, own)


def _drawn(kind: str, rng: np.random.Generator) -> float:
    """Noise of unit variance and mean 0."""
    if kind == "heavy tails":
        return float(rng.standard_t(4) / 2**0.5)
    if kind == "skewed":
        return float((rng.gamma(4) - 4) / 2)
    return float(rng.standard_normal())


def followed(w: World, look: Callable[[Plan], None]) -> tuple[Plan, int]:
    """Do what the plan asks for until nothing is left; (the plan at the end, runs paid). `look` sees every plan."""
    study, paid = made(w), 0
    now = plan(study)
    for day in range(1, ROUNDS + 1):
        runs = upcoming(now).runs
        if not runs:
            break
        paid += len(runs)
        rows = {f"run-{r.run}": _row(w, now, r, day) for r in runs}
        study = msgspec.structs.replace(study, evidence={**study.evidence, **rows})
        now = plan(study)
        look(now)
    return now, paid


def _row(w: World, now: Plan, run: Run, day: int) -> Evidence:
    step = now.step(run.step)
    assert step is not None
    settings: dict[str, Json] = dict(run.overrides)
    metrics = {"accuracy": value(w, step.element, run)}
    return Evidence(
        id=f"run-{run.run}",
        kind="result",
        run=run.run,
        metrics=metrics,
        state="done",
        seed=run.seed,
        overrides=settings,
        author="sim",
        date=f"2026-02-{day:02d}",
    )


def judge(w: World, tally: Tally) -> None:
    """One study by the program: what it claimed at its end, and what its intervals held when first complete."""
    first: dict[str, tuple[float, float, bool]] = {}

    def look(now: Plan) -> None:
        waits = {r.step for r in now.runs if r.status == "planned" and (r.seed or 0) <= planned}
        for step in now.steps:
            for arm in step.arms:
                if arm.effect is not None and step.element not in first and step.id not in waits:
                    claimed = step.verdict in CLAIMS
                    first[step.element] = (arm.effect.low, arm.effect.high, claimed)

    planned = max(3, seeds_needed(DELTA, w.noise))
    end, paid = followed(w, look)
    words = {s.element: s.verdict for s in end.steps if s.stage == "instantiate"}
    _score(w, words, tally, "plan")
    tally.counts.setdefault("runs", [0, 0])
    tally.counts["runs"][0] += paid
    tally.counts["runs"][1] += 1
    for key, (low, high, claimed) in first.items():
        if key in w.collapsed:
            continue
        tally.add("plan coverage", low <= w.effects[key] <= high)
        tally.add(f"plan coverage, {w.kind}", low <= w.effects[key] <= high)
        if abs(w.effects[key]) == DELTA and len(w.effects) == 1 and w.kind == "normal":
            tally.add("plan power at the planned seeds", claimed)
    for step in end.steps:
        for arm in step.arms:
            if arm.effect is not None and step.element not in w.collapsed and arm.id != "base":
                tally.add("plan coverage at the end", arm.effect.low <= w.effects[step.element] <= arm.effect.high)


def _score(w: World, words: Mapping[str, str | None], tally: Tally, who: str) -> None:
    """False claims of a study, and what became of its real effects."""
    false = [k for k, v in words.items() if v in CLAIMS and (CLAIMS[v] * w.effects[k] <= 0 or k in w.collapsed)]
    large = [k for k, x in w.effects.items() if abs(x) >= DELTA and k not in w.collapsed]
    tally.add(f"{who} false claim", bool(false))
    tally.add(f"{who} false claim, {w.kind}", bool(false))
    tally.add(f"{who} false equivalent", any(words.get(k) == "redundant" for k in large))
    for k in large:
        tally.add(f"{who} equivalent arm", words.get(k) == "redundant")
        tally.add(f"{who} power", words.get(k) in CLAIMS)


def glance(w: World, seeds: int, tally: Tally, who: str) -> None:
    """The custom: as many seeds, untuned arms, and half the effect of interest between the means is a difference."""
    words: dict[str, str | None] = {}
    for key in w.effects:
        step = f"remove-{key}"
        means = []
        for arm in ("without", "base"):
            runs = [
                Run(run=f"{step}/{arm}/s{i}", step=step, arm=arm, kind="confirm", seed=i) for i in range(1, seeds + 1)
            ]
            means.append([value(w, key, r) for r in runs])
        gap = float(np.mean(means[0]) - np.mean(means[1]))
        words[key] = "redundant" if abs(gap) < DELTA / 2 else "harmful" if gap > 0 else "critical"
        if seeds > 1 and key not in w.collapsed:
            half = 1.96 * float(np.sqrt(np.var(means[0]) / seeds + np.var(means[1]) / seeds))
            tally.add(f"{who} coverage", abs(gap - w.effects[key]) <= half)
    _score(w, words, tally, who)


def measured(numbers: Iterable[int], kind: str = "") -> Tally:
    """All three ways of judging over some studies."""
    tally = Tally({})
    for number in numbers:
        w = world(number, kind)
        judge(w, tally)
        glance(w, 3, tally, "three seeds")
        glance(w, 1, tally, "one seed")
    return tally


def measured_by(processes: int, studies: int) -> Tally:
    """All studies, shared out over some processes; the same figures for any number of them."""
    tally = Tally({})
    with get_context("fork").Pool(processes) as pool:
        for part in pool.imap_unordered(measured, [range(i, studies, 50) for i in range(50)]):
            tally.join(part)
    return tally


def table(tally: Tally) -> str:
    """The figures as text."""
    rows = [f"{'':34}{'the plan':>10}{'3 seeds':>10}{'1 seed':>10}   bar"]
    for question, bar in (
        ("false claim", "≤ 5 % of studies"),
        ("false equivalent", "≤ 5 % of studies"),
        ("equivalent arm", "≤ 5 % of arms with an effect"),
        ("coverage", "95 ± 1 %"),
        ("coverage at the end", ""),
        ("power at the planned seeds", "≥ 78 %"),
        ("power", ""),
        *((f"{word}, {k}", "") for word in ("false claim", "coverage") for k in KINDS),
    ):
        shares = [tally.share(f"{who} {question}") for who in ("plan", "three seeds", "one seed")]
        rows.append(f"{question:34}" + "".join(f"{x:10.1%}" if x == x else f"{'–':>10}" for x in shares) + f"   {bar}")
    hits, cases = tally.counts.get("runs", (0, 1))
    return "\n".join([*rows, f"{cases} studies, {hits / max(cases, 1):.0f} runs each"])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    studies, processes = (int(x) for x in (*sys.argv[1:], *("10000", "2")[len(sys.argv) - 1 :]))
    sys.stdout.write(table(measured_by(processes, studies)) + "\n")
