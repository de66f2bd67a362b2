"""The planner: a pure, deterministic function from a study to its ordered plan."""

from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.elements import Evidence, Verdict
from ablator.core.lanes import Stage
from ablator.core.queries import interacting, title
from ablator.core.study import Study, amount
from ablator.plan.beliefs import Belief, beliefs
from ablator.plan.costs import hours_per_run, rounded
from ablator.plan.drafts import Draft, Fairness, draft, fairness, new_instrument
from ablator.plan.findings import plan_findings
from ablator.plan.gates import below, gate, unlikely
from ablator.plan.order import order
from ablator.plan.power import detectable
from ablator.plan.precedence import hands_back, precedence
from ablator.plan.standing import Standing, standings
from ablator.plan.types import Gate, Plan, Run, Step, StepState

GROUPS: tuple[tuple[Stage, ...], ...] = (("observe", "reach"), ("instantiate",), ("perceive",))
"""Floors of the retrace: between observe and reach the order is free but for `after`."""


def plan(study: Study) -> Plan:
    """The ordered plan of a study. Same study, same plan, on every machine; see planner.md for its laws."""
    return _Planning(study).plan()


class _Planning:
    """One planning: holds what is computed once per study, in the order in which it is needed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.fair: Fairness = fairness(study)
        found = (draft(study, study.elements[k], self.fair) for k in sorted(study.elements))
        self.drafts: dict[str, Draft] = {d.id: d for d in found if d is not None}
        elements_of_steps = {k: d.element for k, d in self.drafts.items()}
        self.standing: dict[str, Standing] = standings(study, elements_of_steps)
        verdicts = {elements_of_steps[k]: s.decision for k, s in self.standing.items() if s.state == "done"}
        self.table: dict[str, Belief] = beliefs(study, verdicts)
        held = {k: s for k, s in self.standing.items() if s.state in {"done", "waived"}}
        self.unlikely = unlikely(study, self.drafts.values(), self.table, held)
        self.closed = set(held) | set(self.unlikely)
        self.gates = self._gates()
        self._instruments()
        self.after = precedence(study, self.drafts)

    def _gates(self) -> dict[Stage, Gate]:
        out: dict[Stage, Gate] = {}
        floors: dict[Stage, tuple[Stage, ...]] = {"instantiate": GROUPS[0], "perceive": GROUPS[0] + GROUPS[1]}
        for stage, stages in floors.items():
            stand = below(self.study, self.drafts.values(), self.table, self.closed, stages)
            pool = [k for k, d in self.drafts.items() if d.stage in stages and k in self.standing]
            waived = [k for k in pool if self.standing[k].state == "waived"]
            stale = [k for k in pool if self.standing[k].state == "stale"]
            out[stage] = gate(self.study, stage, stand, self.drafts, waived, stale)
        return out

    def _instruments(self) -> None:
        """A claim that was found wanting hands back to observe: its experiment becomes a step of its own."""
        for key, standing in sorted(self.standing.items()):
            d = self.drafts[key]
            if (
                d.stage == "perceive"
                and standing.state == "done"
                and standing.decision.verdict in {"replaceable", "harmful", "redundant"}
            ):
                extra = new_instrument(self.study, self.study.elements[d.element])
                if extra is not None:
                    self.drafts[extra.id] = extra

    def plan(self) -> Plan:
        """Put the drafts in order, give each its state, and cut at the budget."""
        placed: list[str] = []
        for stages in GROUPS:
            mine = [k for k, d in self.drafts.items() if d.stage in stages and not self._handed_back(k)]
            placed += sorted((k for k in mine if k in self.closed), key=self._settled_at)
            placed += self._ordered([k for k in mine if k not in self.closed])
        placed += sorted(k for k in self.drafts if self._handed_back(k))
        steps, runs = self._steps(placed)
        gates = tuple(self.gates.values())
        return Plan(gates=gates, steps=steps, runs=runs, findings=plan_findings(self.study, steps, gates))

    def _handed_back(self, key: str) -> bool:
        return hands_back(self.study, self.drafts[key])

    def _settled_at(self, key: str) -> tuple[str, str]:
        standing = self.standing.get(key)
        return (standing.decision.date if standing else "", key)

    def _ordered(self, keys: list[str]) -> list[str]:
        keys = sorted(keys)
        at = {k: i for i, k in enumerate(keys)}
        weights = [self._probability(k) for k in keys]
        costs = [max(self.drafts[k].cost_hours, 1e-9) for k in keys]
        before = [[at[p] for p in self.after[k] if p in at] for k in keys]
        return [keys[i] for i in order(weights, costs, before, keys=keys)]

    def _probability(self, key: str) -> float:
        belief = self.table.get(self.drafts[key].element)
        return 0.0 if belief is None or self._handed_back(key) else round(belief.p, 6)

    def _steps(self, placed: list[str]) -> tuple[tuple[Step, ...], tuple[Run, ...]]:
        spent = 0.0
        budget = self.study.info.budget
        results = results_by_step(self.study)
        noise = amount(self.study.info.noise, self.study.info.baseline)
        steps: list[Step] = []
        runs: list[Run] = []
        for number, key in enumerate(placed, 1):
            d = self.drafts[key]
            state = self._state(key, results)
            settled = state in {"done", "waived"}
            mine = () if settled else _with_status(d.runs, results.get(key, {}))
            cost = rounded(sum(r.cost_hours for r in mine))
            spent = rounded(spent + cost)
            verdict, reason = self._verdict(key)
            seeds = max((a.seeds for a in d.arms), default=0)
            steps.append(
                Step(
                    id=key,
                    order=number,
                    stage=d.stage,
                    element=d.element,
                    action=d.action,
                    question=d.question,
                    why=self._why(key, state),
                    probability=self._probability(key),
                    cost_hours=cost,
                    cumulative_hours=spent,
                    within_budget=budget is None or spent <= budget + 1e-9,
                    after=tuple(sorted(self.after[key])),
                    state=state,
                    verdict=verdict,
                    arms=d.arms,
                    runs=tuple(r.run for r in mine),
                    reason=reason,
                    check=d.check,
                    detectable_effect=detectable(noise, seeds, self.study.info.alpha, self.study.info.power)
                    if noise and seeds >= 2
                    else None,
                    exhausted_when=d.exhausted_when,
                )
            )
            runs += mine
        return tuple(steps), tuple(runs)

    def _state(self, key: str, results: Mapping[str, object]) -> StepState:
        standing = self.standing.get(key)
        if key in self.unlikely or (standing is not None and standing.state == "done"):
            return "done"
        if standing is not None and standing.state == "waived":
            return "waived"
        stage = self.drafts[key].stage
        gated = self.gates.get(stage)
        if gated is not None and gated.state in {"closed", "stale"}:
            return "locked"
        if any(p not in self.closed for p in self.after[key]):
            return "locked"
        if standing is not None and standing.state == "stale":
            return "stale"
        return "running" if key in results else "ready"

    def _verdict(self, key: str) -> tuple[Verdict | None, str]:
        if key in self.unlikely:
            return "unlikely", self.unlikely[key]
        standing = self.standing.get(key)
        if standing is None:
            return None, ""
        if standing.state == "stale":
            names = ", ".join(title(self.study.elements[k]) for k in standing.because)
            return None, f"{standing.decision.verdict} before, stale since {names} changed"
        return standing.decision.verdict, standing.decision.reason

    def _why(self, key: str, state: StepState) -> str:
        """Why the step stands here, in a few sentences a person can check."""
        d = self.drafts[key]
        words: list[str] = []
        if state in {"done", "waived"}:
            words.append("settled")
        else:
            p = self._probability(key)
            runs = d.cost_hours / hours_per_run(self.study.info)
            words.append(f"finds the culprit with {p:.1%} for {runs:.2g} runs ({p / max(runs, 1e-9):.2g} a run)")
        belief = self.table.get(d.element)
        if belief is not None and belief.reasons and not self._handed_back(key):
            words.append("; ".join(belief.reasons))
        waiting = [p for p in sorted(self.after[key]) if p not in self.closed]
        if waiting and state == "locked":
            words.append(
                "after " + ", ".join(waiting[:6]) + (f" and {len(waiting) - 6} more" if len(waiting) > 6 else "")
            )
        gated = self.gates.get(d.stage)
        if gated is not None and state == "locked" and gated.missing:
            words.append(f"the gate before {d.stage} is {gated.state}")
        words += d.notes
        if d.stage == "instantiate":
            mixed = [k for k in interacting(self.study, d.element) if self.study.elements[k].present is True]
            if mixed:
                words.append("confounded by " + ", ".join(title(self.study.elements[k]) for k in mixed[:4]))
        return "; ".join(words)


def results_by_step(study: Study) -> dict[str, dict[str, Evidence]]:
    """Recorded results: step id → run id → its evidence."""
    out: dict[str, dict[str, Evidence]] = {}
    for key in sorted(study.evidence):
        row = study.evidence[key]
        if row.kind == "result" and row.run.count("/") >= 2:
            out.setdefault(row.run.split("/", 1)[0], {})[row.run] = row
    return out


def _with_status(runs: Iterable[Run], results: Mapping[str, Evidence]) -> tuple[Run, ...]:
    return tuple(msgspec.structs.replace(r, status=results[r.run].state) if r.run in results else r for r in runs)
