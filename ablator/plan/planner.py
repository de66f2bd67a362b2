"""The planner: a pure, deterministic function from a study to its ordered plan."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import msgspec

from ablator.core.elements import Decision, Evidence, Json, Verdict
from ablator.core.lanes import Stage
from ablator.core.queries import interacting, present_ideas, problems_of, related, title
from ablator.core.study import Study
from ablator.plan.arms import arms_for
from ablator.plan.baseline import rebased, settings_of_today
from ablator.plan.beliefs import Belief, beliefs
from ablator.plan.changes import reopens, words_of
from ablator.plan.claim_steps import new_instrument
from ablator.plan.costs import hours_per_run, rounded
from ablator.plan.draft import fairness, with_seeds, with_settings
from ablator.plan.drafts import Draft, Fairness, action_of, draft, drafted
from ablator.plan.findings import plan_findings
from ablator.plan.gates import below, gate, unlikely
from ablator.plan.idea_steps import isolate
from ablator.plan.ladder import as_ladder
from ablator.plan.order import order
from ablator.plan.outcomes import MATTERS, Outcome, best_settings, idea_outcomes, outcome_of
from ablator.plan.pins import first_of, placing
from ablator.plan.power import detectable
from ablator.plan.precedence import NOISE, TUNED, hands_back, in_turn, precedence, waiting
from ablator.plan.results import last_change, newest, noise_of, results_by_step
from ablator.plan.standing import MEASURED, Standing, changes_on_record, last_words, standings
from ablator.plan.types import CLOSED, SHUT, Arm, Gate, Plan, Run, Step, StepState, speaks, step_id

GROUPS: tuple[tuple[Stage, ...], ...] = (("observe", "reach"), ("instantiate",), ("perceive",))
"""Floors of the retrace: between observe and reach the order is free but for `after`."""

QUESTIONED = frozenset({"replaceable", "harmful", "redundant"})
"""Verdicts on a claim that send it back to observation with a new instrument."""


def plan(study: Study) -> Plan:
    """The ordered plan of a study. Same study, same plan, on every machine; see planner.md for its laws."""
    return _Planning(study).plan()


def posterior(study: Study) -> Mapping[str, Belief]:
    """How probable each element is to be the main culprit, with what moved it; sums to 1 over the study."""
    return _Planning(study).table


def all_runs(study: Study) -> dict[str, Run]:
    """Every run that a result may be recorded for, those of settled steps included, by run id."""
    planning = _Planning(study)
    return {r.run: r for d in planning.drafts.values() for r in d.runs}


def settings_now(study: Study) -> dict[str, Json]:
    """Settings in which today's baseline differs from the original one: adopted arms and what tuning fixed."""
    return dict(_Planning(study).settings)


class _Planning:
    """One planning: holds what is computed once per study, in the order in which it is needed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.results = results_by_step(study)
        self.noise = noise_of(study, self.results)
        self.fair: Fairness = fairness(study, self.noise)
        self.drafts: dict[str, Draft] = {}
        self.measured: dict[str, Outcome] = {}
        self.settings: dict[str, Json] = {}
        self._factors()
        self._today = rebased(study)
        self._settle()
        self._ideas()
        self._conclude()
        self._extras()
        self.gates = self._gates()
        self.after = waiting(precedence(study, self.drafts), self.closed)
        stages = {k: d.stage for k, d in self.drafts.items() if not self._handed_back(k)}
        self.placing = placing(study, stages, self.after, self.closed)

    def _factors(self) -> None:
        """Steps of observe and reach; what their results say, in the order in which they came, and what that fixed."""
        study = self.study
        for key in sorted(study.elements):
            element = study.elements[key]
            if element.kind in {"factor", "instrument"}:
                d = draft(study, element, self.fair)
                if d is not None:
                    rows = self.results.get(d.id)
                    self.drafts[d.id] = (draft(study, element, self.fair, rows) or d) if rows else d
        elements = {k: d.element for k, d in self.drafts.items()}
        said = last_words(study, elements)
        reached = reopens(study)
        changes = [(who, when) for who, (when, _) in changes_on_record(study, elements)]
        fixed: dict[str, tuple[str, Mapping[str, Json]]] = {}
        started = [k for k in self.drafts if k in self.results]
        for key in sorted(started, key=lambda k: (newest(self.results[k].values()), k)):
            d = self.drafts[key]
            since = last_change(study.elements[d.element], changes, reached)
            fresh = {k: row for k, row in self.results[key].items() if row.date >= since}
            found = outcome_of(study, d, self.results[key], self.noise)
            if found is not None and len(fresh) == len(self.results[key]):
                self.measured[key] = found
            word = said.get(key)
            verdict = word.verdict if word is not None else found.verdict if found is not None else None
            best = best_settings(study.info, d, "sweep" if d.action == "tune" else "more", self.results[key])
            if verdict == "fixed" and found is not None and best is not None:
                own = {k: v for k, v in best.items() if k in study.elements[d.element].keys}
                fixed[key] = (found.date, own)
                if word is None:
                    changes.append((d.element, found.date))
            self.results[key] = fresh
        self.settings = settings_of_today(study, fixed)
        if self.settings:
            for key, d in self.drafts.items():
                self.drafts[key] = with_settings(d, study, self.settings, {})

    def _ideas(self) -> None:
        """Steps on ideas and claims, their arms built on the baseline of today."""
        untuned = any(self.drafts[k].element in TUNED for k in self.unlikely)
        fair = msgspec.structs.replace(self.fair, base_trials=self.fair.trials if untuned else 0)
        for key in sorted(self.study.elements):
            element = self.study.elements[key]
            if element.kind not in {"idea", "claim"}:
                continue
            base = self._today if self._today.elements[key] is element else self.study
            known = drafted(base, fair, self.settings)
            d = known.get(key) or draft(base, element, fair, tuned=self.settings)
            if d is None:
                continue
            known[key] = d
            rows = self.results.get(d.id, {})
            best = {a.id: s for a in d.arms if rows and (s := best_settings(self.study.info, d, a.id, rows))}
            self.drafts[d.id] = with_settings(d, self.study, self.settings, best)
        if self.study.info.design == "ladder":
            self.drafts = as_ladder(self._today, self.drafts)

    def _settle(self) -> None:
        """What stands on each step, what is believed after it, and what evidence alone settles."""
        elements = {k: d.element for k, d in self.drafts.items()}
        later = (e for e in self.study.elements.values() if e.kind in {"idea", "claim"})
        elements |= {step_id(action_of(e), e.id): e.id for e in later}
        self.standing: dict[str, Standing] = standings(self.study, elements, self._as_decisions())
        verdicts = {elements[k]: s.decision for k, s in self.standing.items() if s.state == "done"}
        self.table: dict[str, Belief] = beliefs(self.study, verdicts)
        held = {k: s for k, s in self.standing.items() if s.state in CLOSED}
        judged = {k: s for k, s in self.standing.items() if s.state != "open"}
        self.unlikely = unlikely(self.study, self.drafts.values(), self.table, judged, self.noise is not None)
        self.closed = set(held) | set(self.unlikely)

    def _as_decisions(self) -> dict[str, Decision]:
        return {
            key: Decision(
                id=MEASURED,
                kind="verdict",
                step=key,
                element=self.drafts[key].element,
                verdict=o.verdict,
                reason=o.reason,
                author=MEASURED,
                date=o.date,
            )
            for key, o in self.measured.items()
            if o.verdict is not None
        }

    def _conclude(self) -> None:
        """What results say about ideas, once it is known whether noise and tuning allow a verdict."""
        if not any(k in self.results for k, d in self.drafts.items() if d.stage == "instantiate"):
            return
        wanted = {k for k, d in self.drafts.items() if d.element in {NOISE, *TUNED}}
        found = idea_outcomes(self.study, self.drafts, self.results, wanted <= self.closed, self.noise)
        for key, outcome in found.items():
            if outcome.seeds:
                self.drafts[key] = with_seeds(self.drafts[key], self.study, outcome.seeds)
        self.measured.update(found)
        self._settle()

    def _extras(self) -> None:
        """Steps that verdicts call for: a 2×2 of ideas that interact and matter, a questioned claim's instrument."""
        verdicts = {self.drafts[k].element: s.decision.verdict for k, s in self.standing.items() if s.state == "done"}
        extra: list[Draft] = []
        for r in related(self.study, "interacts"):
            kinds = {self.study.elements[k].kind for k in (r.source, r.target) if k in self.study.elements}
            if kinds == {"idea"} and verdicts.get(r.source) in MATTERS and verdicts.get(r.target) in MATTERS:
                offers = self._together(r.source, r.target)
                if offers is not None:
                    made = isolate(self.study, r.source, r.target, self.fair, offers)
                    falls = dict.fromkeys(k for a in made.arms for k in a.also_falls)
                    if falls:
                        names = ", ".join(title(self.study.elements[k]) for k in falls)
                        made = msgspec.structs.replace(made, notes=(*made.notes, f"also falls: {names}"))
                    extra.append(with_settings(made, self.study, self.settings, {}))
        for key in sorted(verdicts):
            element = self.study.elements[key]
            if element.kind == "claim" and verdicts[key] in QUESTIONED:
                made_new = new_instrument(self.study, element)
                extra += [made_new] if made_new is not None else []
        if not extra:
            return
        self.drafts.update({d.id: d for d in extra})
        stands = standings(self.study, {k: d.element for k, d in self.drafts.items()})
        self.standing.update({d.id: stands[d.id] for d in extra if d.id in stands})
        self.closed |= {d.id for d in extra if d.id in self.standing and self.standing[d.id].state in CLOSED}

    def _together(self, first: str, second: str) -> dict[str, Arm] | None:
        """The first arms of two ideas that make a valid configuration at once; None where none do."""
        present = present_ideas(self.study)
        before = set(problems_of(self.study, present))
        offered = [
            [
                a
                for a in arms_for(self.study, self.study.elements[k], self.fair.trials, self.fair.seeds).arms
                if speaks(a.id)
            ]
            for k in (first, second)
        ]
        for one, two in product(*offered):
            added = {a for a in (*one.adds, *two.adds) if a in self.study.elements}
            chosen = (present - {*one.removes, *two.removes}) | added
            if set(problems_of(self.study, chosen)) <= before:
                return {first: one, second: two}
        return None

    def _gates(self) -> dict[Stage, Gate]:
        out: dict[Stage, Gate] = {}
        floors: dict[Stage, tuple[Stage, ...]] = {"instantiate": GROUPS[0], "perceive": GROUPS[0] + GROUPS[1]}
        for stage, stages in floors.items():
            pool = {k: d for k, d in self.drafts.items() if d.stage in stages and not self._handed_back(k)}
            stand = below(self.study, pool.values(), self.table, self.closed, self.unlikely, stages)
            waived = [k for k in pool if k in self.standing and self.standing[k].state == "waived"]
            stale = [k for k in pool if k in self.standing and self.standing[k].state == "stale"]
            out[stage] = gate(self.study, stage, stand, self.drafts, self.table, waived, stale)
        return out

    def plan(self) -> Plan:
        """Put the drafts in order, give each its state, and cut at the budget."""
        placed: list[str] = []
        for stages in GROUPS:
            mine = [k for k, d in self.drafts.items() if d.stage in stages and not self._handed_back(k)]
            settled = sorted((k for k in mine if k in self.closed), key=self._settled_at)
            placed += in_turn(settled, self.after)
            placed += self._ordered([k for k in mine if k not in self.closed])
        placed += sorted(k for k in self.drafts if self._handed_back(k))
        steps, runs = self._steps(placed)
        gates = tuple(self.gates.values())
        found = plan_findings(self.study, steps, gates, self.noise)
        return Plan(gates=gates, steps=steps, runs=runs, findings=found)

    def _handed_back(self, key: str) -> bool:
        return hands_back(self.study, self.drafts[key])

    def _settled_at(self, key: str) -> tuple[str, str]:
        standing = self.standing.get(key)
        return (standing.decision.date if standing else "", key)

    def _ordered(self, keys: list[str]) -> list[str]:
        """Open steps of one floor: what was pinned and what that waits for, then the rest."""
        ahead = self.placing.ahead(self.after) if self.placing.before else self.after
        return [k for part in first_of(self.placing.first, keys, ahead) for k in self._best(part, ahead)]

    def _best(self, keys: list[str], ahead: Mapping[str, frozenset[str]]) -> list[str]:
        at = {k: i for i, k in enumerate(keys)}
        weights = [self._weight(k) for k in keys]
        costs = [max(self.drafts[k].cost_hours, 1e-9) for k in keys]
        before = [[at[p] for p in ahead[k] if p in at] for k in keys]
        return [keys[i] for i in order(weights, costs, before, keys=keys)]

    def _weight(self, key: str) -> float:
        """Not normalised, so that a verdict elsewhere cannot turn a near tie round."""
        d = self.drafts[key]
        belief = self.table.get(d.element)
        return 0.0 if belief is None or d.after or self._handed_back(key) else belief.weight

    def _probability(self, key: str) -> float:
        d = self.drafts[key]
        belief = self.table.get(d.element)
        return 0.0 if belief is None or d.after or self._handed_back(key) else float(f"{belief.p:.6g}")

    def _steps(self, placed: Sequence[str]) -> tuple[tuple[Step, ...], tuple[Run, ...]]:
        spent = 0.0
        steps: list[Step] = []
        runs: list[Run] = []
        for number, key in enumerate(placed, 1):
            step, mine = self._step(key, number, spent)
            spent = step.cumulative_hours
            steps.append(step)
            runs += mine
        return tuple(steps), tuple(runs)

    def _step(self, key: str, number: int, spent: float) -> tuple[Step, tuple[Run, ...]]:
        d, info = self.drafts[key], self.study.info
        state = self._state(key)
        mine = () if state in CLOSED else _with_status(d.runs, self.results.get(key, {}))
        cost = rounded(sum(r.cost_hours for r in mine))
        spent = rounded(spent + cost)
        verdict, reason = self._verdict(key)
        seeds = max((a.seeds for a in d.arms), default=0)
        outcome = self.measured.get(key)
        seen = detectable(self.noise, seeds, info.alpha, info.power) if self.noise and seeds >= 2 else None
        step = Step(
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
            within_budget=info.budget is None or spent <= info.budget + 1e-9,
            after=tuple(sorted(self.after[key])),
            state=state,
            verdict=verdict,
            arms=_with_effects(d.arms, outcome) if outcome is not None and outcome.effects else d.arms,
            runs=tuple(r.run for r in mine),
            reason=reason,
            check=d.check,
            detectable_effect=seen,
            exhausted_when=d.exhausted_when,
        )
        return step, mine

    def _state(self, key: str) -> StepState:
        standing = self.standing.get(key)
        if key in self.unlikely or (standing is not None and standing.state == "done"):
            return "done"
        if standing is not None and standing.state in {"waived", "stale"}:
            return "waived" if standing.state == "waived" else "stale"
        gated = self.gates.get(self.drafts[key].stage)
        if gated is not None and gated.state in SHUT:
            return "locked"
        if any(p not in self.closed for p in self.after[key]):
            return "locked"
        return "running" if self.results.get(key) else "ready"

    def _verdict(self, key: str) -> tuple[Verdict | None, str]:
        if key in self.unlikely:
            return "unlikely", self.unlikely[key]
        standing = self.standing.get(key)
        if standing is None:
            return None, ""
        if standing.state == "stale":
            names = ", ".join(words_of(self.study, k) for k in standing.because)
            return None, f"{standing.decision.verdict} before, stale since {names} changed"
        return standing.decision.verdict, standing.decision.reason

    def _why(self, key: str, state: StepState) -> str:
        """Why the step stands here, in a few sentences a person can check."""
        d = self.drafts[key]
        words: list[str] = []
        if state in CLOSED:
            words.append("settled")
        else:
            p = self._probability(key)
            runs = d.cost_hours / hours_per_run(self.study.info)
            words.append(f"the culprit with probability {p:.1%}, for {runs:.2g} runs ({p / max(runs, 1e-9):.2g} a run)")
        belief = self.table.get(d.element)
        if belief is not None and belief.reasons and not self._handed_back(key):
            words.append("; ".join(belief.reasons))
        if key in self.placing.words:
            words.append(self.placing.words[key])
        waiting = [p for p in sorted(self.after[key]) if p not in self.closed]
        if waiting and state == "locked":
            more = f" and {len(waiting) - 6} more" if len(waiting) > 6 else ""
            words.append("after " + ", ".join(waiting[:6]) + more)
        gated = self.gates.get(d.stage)
        if gated is not None and state == "locked" and gated.missing:
            words.append(f"the gate before {d.stage} is {gated.state}")
        words += d.notes
        if d.stage == "instantiate":
            mixed = [k for k in interacting(self.study, d.element) if self.study.elements[k].present is True]
            if mixed and d.action != "isolate":
                words.append("confounded by " + ", ".join(title(self.study.elements[k]) for k in mixed[:4]))
        return "; ".join(words)


def _with_effects(arms: tuple[Arm, ...], outcome: Outcome) -> tuple[Arm, ...]:
    return tuple(
        msgspec.structs.replace(a, effect=outcome.effects[a.id]) if a.id in outcome.effects else a for a in arms
    )


def _with_status(runs: Iterable[Run], results: Mapping[str, Evidence]) -> tuple[Run, ...]:
    if not results:
        return tuple(runs)
    return tuple(msgspec.structs.replace(r, status=results[r.run].state) if r.run in results else r for r in runs)
