"""Preregistration: a plan is frozen with its hash, date and stop rules; what deviates from it later is a finding."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.checks import Finding
from ablator.core.elements import Decision, Evidence, Json
from ablator.core.errors import EditRefused
from ablator.core.study import Study
from ablator.plan.standing import MEASURED, order_of
from ablator.plan.types import Plan, Step

SETTINGS = ("metric", "goal", "baseline", "target", "effect", "epsilon", "alpha", "power")
"""Settings of the study that verdicts rest on; a frozen plan holds them still."""

DEVIATIONS = frozenset({"ABL111", "ABL112", "ABL113", "ABL114"})
"""Codes of findings that tell a deviation: order, runs beyond the plan, verdicts against the rule, settings."""

SETTLED = frozenset({"done", "waived"})
"""States of steps that are behind the plan."""

WITHOUT = "no reason is on record"


def freeze(
    study: Study, plan: Plan, reason: str, stop_rules: Sequence[str] = (), *, author: str = "", date: str = ""
) -> Change:
    """Put on record what is planned: steps in their order, their runs, the settings and the rules to stop by.

    A later freeze replaces an earlier one, and both stay on record. Raises EditRefused without a reason or a step.
    """
    if not reason.strip():
        raise EditRefused("freezing a plan needs a reason", mend="say in a sentence what the study is to show")
    if all(s.state in SETTLED for s in plan.steps):
        raise EditRefused("there is no step to freeze", mend="add elements, or re-open what is settled")
    value: dict[str, Json] = {
        "steps": [s.id for s in plan.steps if s.state not in SETTLED],
        "runs": planned_runs(plan),
        "settings": {key: getattr(study.info, key) for key in SETTINGS},
        "stop_rules": [rule.strip() for rule in stop_rules if rule.strip()],
    }
    decision = Decision(
        id=edits.next_id(study, "decisions", "d"),
        kind="freeze",
        reason=reason.strip(),
        value={"hash": plan_hash(value), **value},
        author=author,
        date=date,
    )
    return edits.decide(study, decision)


def plan_hash(value: Mapping[str, Json]) -> str:
    """The SHA-256 of what is frozen, whatever else stands beside it; two equal plans have the same."""
    plain = {key: value.get(key) for key in ("steps", "runs", "settings", "stop_rules")}
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def planned_runs(plan: Plan) -> dict[str, Json]:
    """For each arm (`STEP/ARM`) how many runs of each kind there are, by the letter of their ids."""
    out: dict[str, dict[str, int]] = {}
    for run in plan.runs:
        arm, letter, _ = run_parts(run.run)
        counts = out.setdefault(arm, {})
        counts[letter] = counts.get(letter, 0) + 1
    return {arm: dict(sorted(counts.items())) for arm, counts in sorted(out.items())}


def run_parts(run: str) -> tuple[str, str, int]:
    """`STEP/ARM`, the letter of the kind and the number of `STEP/ARM/t3`; the number is 0 where there is none."""
    arm, _, tail = run.rpartition("/")
    return arm, tail[:1], int(tail[1:]) if tail[1:].isascii() and tail[1:].isdigit() and len(tail) < 10 else 0


def freezes(study: Study) -> list[Decision]:
    """Every freeze on record, oldest first."""
    return sorted((d for d in study.decisions.values() if d.kind == "freeze"), key=order_of)


def deviations(study: Study, steps: Sequence[Step]) -> Iterable[Finding]:
    """ABL111 to ABL114: what is otherwise than the plan that was frozen last; nothing where none was."""
    record = freezes(study)
    if not record:
        return
    frozen = record[-1]
    value = frozen.value if isinstance(frozen.value, dict) else {}
    if plan_hash(value) != value.get("hash"):
        yield Finding(
            "ABL114",
            f"decisions/{frozen.id}",
            "the frozen plan is not what its hash was made of",
            "restore an earlier version of the study, or freeze the plan again with the reason",
        )
    planned = _texts(value.get("steps"))
    yield from _order(study, steps, frozen, planned)
    yield from _beyond(study, frozen, value.get("runs"))
    yield from _verdicts(study, steps, frozen, planned, value.get("runs"))
    yield from _settings(study, frozen, value.get("settings"))


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def _why(study: Study, step: str, frozen: Decision) -> str:
    """The newest reason that somebody gave on a step since the freeze."""
    said = [
        d
        for d in study.decisions_on(step)
        if d.reason.strip() and d.author != MEASURED and order_of(d) > order_of(frozen)
    ]
    return f"reason: {said[-1].reason.strip()}" if said else WITHOUT


def _order(study: Study, steps: Sequence[Step], frozen: Decision, planned: list[str]) -> Iterable[Finding]:
    """ABL111: a step was waived, settled before one that the frozen plan has first, or is in no frozen plan at all."""
    place = {step: i for i, step in enumerate(planned)}
    now = {s.id: s for s in steps}
    settled: dict[str, tuple[str, int, str]] = {}
    for d in sorted(study.decisions.values(), key=order_of):
        if d.kind in {"verdict", "waiver"} and d.step:
            settled.setdefault(d.step, order_of(d))
    for step in sorted(settled, key=lambda s: place.get(s, len(place))):
        when = settled[step]
        if when < order_of(frozen) or step not in now:
            continue
        element = now[step].element
        if step not in place:
            yield Finding(
                "ABL111",
                f"steps/{step}",
                f"{step} was settled and is not in the plan frozen {frozen.date}; {_why(study, step, frozen)}",
                "say that it was added later, or freeze the plan again",
                element,
            )
            continue
        if now[step].state == "waived":
            yield Finding(
                "ABL111",
                f"steps/{step}",
                f"{step} was waived, and the plan frozen {frozen.date} has it; {_why(study, step, frozen)}",
                "report that it was left out, or freeze the plan again",
                element,
            )
            continue
        before = [s for s in planned[: place[step]] if s in now]
        waiting = [s for s in before if (settled[s] > when if s in settled else now[s].state not in SETTLED)]
        if waiting:
            more = f" and {len(waiting) - 2} more" if len(waiting) > 2 else ""
            yield Finding(
                "ABL111",
                f"steps/{step}",
                f"{step} was settled before {', '.join(waiting[:2])}{more}, which the plan frozen {frozen.date} "
                f"has first; {_why(study, step, frozen)}",
                "report the order that was kept, or freeze the plan again",
                element,
            )


def _beyond(study: Study, frozen: Decision, runs: Any) -> Iterable[Finding]:
    """ABL112: results of runs that the frozen plan does not have."""
    planned = runs if isinstance(runs, dict) else {}
    strange: dict[str, list[Evidence]] = {}
    for key in sorted(study.evidence):
        e = study.evidence[key]
        if e.kind != "result" or not e.run or e.date < frozen.date:
            continue
        arm, letter, number = run_parts(e.run)
        if number > _planned(planned, arm, letter):
            strange.setdefault(arm, []).append(e)
    for arm, rows in strange.items():
        step = arm.partition("/")[0]
        said = next((f"reason: {e.note}" for e in rows if e.note), _why(study, step, frozen))
        yield Finding(
            "ABL112",
            f"steps/{arm}",
            f"{len(rows)} runs of {arm} are beyond the plan frozen {frozen.date}; {said}",
            "report them apart from those that were planned",
            rows[0].element,
        )


def _planned(runs: Mapping[str, Any], arm: str, letter: str) -> int:
    counts = runs.get(arm)
    count = counts.get(letter, 0) if isinstance(counts, dict) else 0
    return count if isinstance(count, int) else 0


def _verdicts(
    study: Study, steps: Sequence[Step], frozen: Decision, planned: list[str], runs: Any
) -> Iterable[Finding]:
    """ABL113: a person's verdict on fewer confirming runs than the frozen plan has for an arm."""
    table = runs if isinstance(runs, dict) else {}
    known = {s.id: s for s in steps}
    done: dict[str, int] = {}
    for e in study.evidence.values():
        if e.kind == "result" and e.run and e.state not in {"running", "pruned"}:
            arm, letter, _ = run_parts(e.run)
            if letter == "s":
                done[arm] = done.get(arm, 0) + 1
    for key in sorted(study.decisions):
        d = study.decisions[key]
        if d.kind != "verdict" or d.author == MEASURED or order_of(d) < order_of(frozen) or d.step not in planned:
            continue
        if d.verdict in {"undecided", "inconclusive"} or d.step not in known:
            continue
        arms = {a: _planned(table, a, "s") for a in sorted(table) if a.partition("/")[0] == d.step}
        short = [f"{a.partition('/')[2]} {done.get(a, 0)} of {n}" for a, n in arms.items() if done.get(a, 0) < n]
        if short:
            said = f"reason: {d.reason.strip()}" if d.reason.strip() else WITHOUT
            yield Finding(
                "ABL113",
                f"decisions/{key}",
                f"{d.step} is called {d.verdict} before the seeds of the plan frozen {frozen.date} are there "
                f"({', '.join(short[:3])}); {said}",
                "run what is missing, or report the verdict as a judgement",
                known[d.step].element,
            )


def _settings(study: Study, frozen: Decision, settings: Any) -> Iterable[Finding]:
    """ABL114: a setting that verdicts rest on is not what it was."""
    held = settings if isinstance(settings, dict) else {}
    for key in SETTINGS:
        today = getattr(study.info, key)
        if key in held and held[key] != today:
            yield Finding(
                "ABL114",
                f"study/{key}",
                f"{key} is {_shown(today)}, in the plan frozen {frozen.date} it was {_shown(held[key])}",
                "set it back, or freeze the plan again with the reason",
            )


def _shown(value: Any) -> str:
    return "not set" if value is None or value == "" else str(value)


def frozen_line(decision: Decision) -> str:
    """One sentence on a freeze: when, by whom, why, its hash, and the rules to stop by."""
    value = decision.value if isinstance(decision.value, dict) else {}
    rules = _texts(value.get("stop_rules"))
    stop = f"; stop when: {'; '.join(rules)}" if rules else "; no stop rule"
    by = f" by {decision.author}" if decision.author else ""
    return f"frozen {decision.date}{by}: {decision.reason}{stop}; sha256 {value.get('hash', '')}"


def deviations_by_step(plan: Plan) -> dict[str, str]:
    """Step → what was done otherwise than frozen, for those findings that are about one step."""
    ids = {s.id for s in plan.steps}
    of_decision = {f.place: f for f in plan.findings if f.code in DEVIATIONS}
    out: dict[str, list[str]] = {}
    for place, f in of_decision.items():
        step = place.partition("/")[2].partition("/")[0] if place.startswith("steps/") else f.sentence.partition(" ")[0]
        if step in ids:
            out.setdefault(step, []).append(f.sentence)
    return {step: " · ".join(sentences) for step, sentences in out.items()}


def deviations_at_large(plan: Plan) -> list[str]:
    """What was done otherwise than frozen and is about no single step: settings, and a record that was changed."""
    told = {sentence for text in deviations_by_step(plan).values() for sentence in text.split(" · ")}
    return [f.sentence for f in plan.findings if f.code in DEVIATIONS and f.sentence not in told]


def record_lines(study: Study, plan: Plan) -> list[str]:
    """Every freeze and every deviation as a sentence, for the comments of a graph; empty where nothing was frozen."""
    record = [frozen_line(d) for d in freezes(study)]
    return record + [f"{f.code} {f.sentence}" for f in plan.findings if f.code in DEVIATIONS] if record else []
