"""The planner: a pure, deterministic function from a study to its ordered plan."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ablator.core.elements import Decision, Evidence, Json, Verdict
from ablator.core.lanes import Stage
from ablator.core.study import Study
from ablator.plan.baseline import adoptions, rebased, settings_of_today, settled_by_adopting
from ablator.plan.beliefs import Belief, beliefs
from ablator.plan.changes import words_of
from ablator.plan.claim_steps import new_instrument
from ablator.plan.costs import hours_per_run, rounded
from ablator.plan.draft import fairness, with_seeds, with_settings
from ablator.plan.drafts import Draft, Fairness, action_of, draft, drafted
from ablator.plan.extras import QUESTIONED, added_up, again, pairs, questioned, repeated, superseded
from ablator.plan.findings import plan_findings
from ablator.plan.gates import below, gate, unlikely
from ablator.plan.groups import in_groups, settled_together, weight_of
from ablator.plan.history import ladder
from ablator.plan.ladder import as_ladder
from ablator.plan.order import order
from ablator.plan.outcomes import Outcome, best_settings, idea_outcomes
from ablator.plan.outlook import AA, missed_words, outlook, stands_at
from ablator.plan.pins import first_of, placing
from ablator.plan.power import detectable
from ablator.plan.precedence import NOISE, TUNED, hands_back, in_turn, precedence, waiting
from ablator.plan.reasons import confounded, freed, held_back, moved, stood, worth
from ablator.plan.results import newest, noise_of, results_by_step
from ablator.plan.shared import as_done, more_repeats, shared_seeds
from ablator.plan.standing import MEASURED, Standing, standings
from ablator.plan.tuning import tuned
from ablator.plan.types import AGAIN, CLOSED, GROUP, SHUT, Arm, Gate, Plan, Run, Rung, Step, StepState, beside, step_id

GROUPS: tuple[tuple[Stage, ...], ...] = (("observe", "reach"), ("instantiate",), ("perceive",))
"""Floors of the retrace: between observe and reach the order is free but for `after`."""


def plan(study: Study) -> Plan:
    """The ordered plan of a study. Same study, same plan, on every machine; see planner.md for its laws."""
    return _Planning(study).plan()


def posterior(study: Study) -> Mapping[str, Belief]:
    """How probable each element is to be the main culprit, with what moved it; sums to 1 over the study."""
    return _Planning(study).table


def all_runs(study: Study, beyond: bool = True) -> dict[str, Run]:
    """Every run that a result may be recorded for, those of settled steps included, by run id.

    `beyond` adds repeats of the baseline that the plan does not ask for, but takes.
    """
    planning = _Planning(study)
    more = {k: r for d in planning.drafts.values() for k, r in more_repeats(d).items()} if beyond else {}
    return more | {r.run: r for d in planning.drafts.values() for r in d.runs}


def settings_now(study: Study) -> dict[str, Json]:
    """Settings in which today's baseline differs from the original one: adopted arms and what tuning fixed."""
    return dict(_Planning(study).settings)


def history(study: Study) -> tuple[Rung, ...]:
    """The ladder of the baseline: what was adopted and fixed, oldest first, above what the study was made from."""
    return _Planning(study).ladder()


class _Planning:
    """One planning: holds what is computed once per study, in the order in which it is needed."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.results = results_by_step(study)
        self.recorded = self.results
        self.known = {*self.results, *(d.step for d in study.decisions.values())}
        self.noise = noise_of(study, self.results)
        self.fair: Fairness = fairness(study, self.noise)
        found = tuned(study, self.fair, self.results)
        self.results = found.results
        self.drafts: dict[str, Draft] = found.drafts
        self.measured: dict[str, Outcome] = found.measured
        self.settings: dict[str, Json] = found.settings
        self.fixes = found.fixes
        self.fixed = [(who, f.date) for _, f in sorted(found.fixes.items()) for who in f.touches]
        self._today = rebased(study)
        self._settle()
        self._ideas()
        self._conclude()
        self._extras()
        self.shared = shared_seeds(study, self.drafts, self.results)
        self.weights = {k: b.weight for k, b in self.table.items()}
        self.chances = {k: b.p for k, b in self.table.items()}
        self.gates = self._gates()
        self.after = waiting(precedence(study, self.drafts), self.closed)
        stages = {k: d.stage for k, d in self.drafts.items() if not self._handed_back(k)}
        self.placing = placing(study, stages, self.after, self.closed)

    def _ideas(self) -> None:
        """Steps on ideas and claims, their arms built on the baseline of today."""
        untuned = any(self.drafts[k].element in TUNED for k in self.unlikely)
        fair = msgspec.structs.replace(self.fair, base_trials=self.fair.trials if untuned else 0)
        for key in sorted(self.study.elements):
            element = self.study.elements[key]
            if element.kind not in {"idea", "claim"}:
                continue
            base = self._today if self._today.elements[key] is element else self.study
            settings = self._compared_at(step_id(action_of(element), key))
            known = drafted(base, fair, settings) if settings is self.settings else {}
            d = known.get(key) or draft(base, element, fair, tuned=settings)
            if d is None:
                continue
            known[key] = d
            rows = self.results.get(d.id, {})
            best = {a.id: s for a in d.arms if rows and (s := best_settings(self.study.info, d, a.id, rows))}
            self.drafts[d.id] = with_settings(d, self.study, settings, best)
        if self.study.info.design == "ladder":
            self.drafts = as_ladder(self._today, self.drafts)
        before = len(self.drafts)
        self.drafts = in_groups(self._today, self.drafts, fair, self.settings, self.known)
        if len(self.drafts) > before:
            self._settle()

    def _compared_at(self, step: str) -> dict[str, Json]:
        """Settings of the baseline that the arms of a step stand beside: those of today, without its own arms."""
        if not any(d.step == step for d in adoptions(self.study)):
            return self.settings
        return settings_of_today(self.study, {k: (f.date, f.settings) for k, f in self.fixes.items()}, without=step)

    def _settle(self) -> None:
        """What stands on each step, what is believed after it, and what evidence alone settles."""
        elements = {k: d.element for k, d in self.drafts.items()}
        later = (e for e in self.study.elements.values() if e.kind in {"idea", "claim"})
        elements |= {step_id(action_of(e), e.id): e.id for e in later}
        measured = self._as_decisions()
        self.standing: dict[str, Standing] = self._standings(elements, measured)
        words = {k: s.decision for k, s in self.standing.items() if k.startswith(GROUP) and s.state == "done"}
        if words:
            measured = {**settled_together(self.study, self.drafts, words), **measured}
            self.standing = self._standings(elements, measured)
        verdicts = {elements[k]: s.decision for k, s in self.standing.items() if s.state == "done" and not beside(k)}
        self.table: dict[str, Belief] = beliefs(self._today, verdicts)
        held = {k: s for k, s in self.standing.items() if s.state in CLOSED}
        judged = {k: s for k, s in self.standing.items() if s.state != "open"}
        # A sweep that has begun is evidence of its own, and stronger than what others suggest: it is finished.
        whole = [d for d in self.drafts.values() if not self.results.get(d.id)]
        self.unlikely = unlikely(self.study, whole, self.table, judged, self.noise is not None)
        self.closed = set(held) | set(self.unlikely)

    def _standings(self, elements: Mapping[str, str], measured: Mapping[str, Decision]) -> dict[str, Standing]:
        found = standings(self.study, elements, measured, self.fixed)
        adopted = settled_by_adopting(self.study, found)
        return found | {k: s for k, s in adopted.items() if k in elements}

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
        shared = shared_seeds(self.study, self.drafts, self.results)
        results = {k: {**rows, **shared.get(k, {})} for k, rows in self.results.items()}
        found = idea_outcomes(self.study, self.drafts, results, self._tuned(), self.noise)
        for key, outcome in found.items():
            if outcome.seeds:
                self.drafts[key] = with_seeds(self.drafts[key], self.study, outcome.seeds)
        self.measured.update(found)
        self._settle()

    def _tuned(self) -> bool:
        """Whether the noise is known and the baseline is tuned, without which nothing is concluded about ideas."""
        wanted = {k for k, d in self.drafts.items() if d.element in {NOISE, *TUNED} and not beside(k)}
        return wanted <= self.closed

    def _extras(self) -> None:
        """Steps that verdicts call for, with what their results say: see `extras`."""
        study, results = self.study, self.results
        done = {k: s.decision for k, s in self.standing.items() if s.state == "done"}
        verdicts = {self.drafts[k].element: d.verdict for k, d in done.items() if not beside(k)}
        seeds = [r.seed or 0 for d in self.drafts.values() if d.element == NOISE for r in d.runs]
        seeds += [row.seed or 0 for row in results.get(AA, {}).values()]
        extra = [*pairs(study, verdicts, self.fair)]
        extra += again(study, self.standing, self.drafts, self.known, max(seeds, default=0))
        self.drafts.update({d.id: with_settings(d, study, self.settings, {}) for d in extra})
        ran = [d.id for d in extra if results.get(d.id)]
        if any(self.drafts[k].action == "isolate" for k in ran):
            shared = shared_seeds(study, self.drafts, results)
            every = {k: {**rows, **shared.get(k, {})} for k, rows in results.items()}
            found = idea_outcomes(study, self.drafts, every, self._tuned(), self.noise)
            for key in (k for k in ran if k in found):
                self.measured[key] = added_up(self.drafts[key], found[key])
                self.drafts[key] = with_seeds(self.drafts[key], study, found[key].seeds)
        passed = [d.id for d in extra if d.id.startswith(AGAIN)][1:]
        for key in (k for k in ran if k.startswith(AGAIN)):
            told = repeated(study, self.drafts[key], results[key], results.get(AA, {}))
            while told is not None and told.seeds and key not in passed:  # as many more as are on record, and some
                self.drafts[key] = with_seeds(self.drafts[key], study, told.seeds)
                told = repeated(study, self.drafts[key], results[key], results.get(AA, {}))
            if told is not None:
                self.measured[key] = told
        self._take_in(d.id for d in extra)
        for key in (k for k in passed if k not in self.closed):
            self.standing[key] = superseded(self.drafts[key], newest(results.get(key, {}).values()))
            self.closed.add(key)
        self.stands_at = stands_at(study, results, self.fixes)
        missed = missed_words(study.info, self.stands_at)
        below = all(k in self.closed for k, d in self.drafts.items() if d.stage != "perceive")
        why = f"everything below is exhausted, and {missed}" if missed and below else ""
        self.doubted = questioned(study, verdicts, why)
        asked = {k for k, v in verdicts.items() if study.elements[k].kind == "claim" and v in QUESTIONED}
        made = [d for k in sorted({*self.doubted, *asked}) if (d := new_instrument(study, study.elements[k]))]
        self.drafts.update({d.id: d for d in made})
        self._take_in(d.id for d in made)

    def _take_in(self, keys: Iterable[str]) -> None:
        """What stands on steps that came after the others were settled."""
        wanted = set(keys)
        if not wanted:
            return
        stands = standings(self.study, {k: d.element for k, d in self.drafts.items()}, self._as_decisions(), self.fixed)
        self.standing.update({k: stands[k] for k in wanted if k in stands})
        self.closed |= {k for k in wanted if k in self.standing and self.standing[k].state in CLOSED}

    def _gates(self) -> dict[Stage, Gate]:
        out: dict[Stage, Gate] = {}
        floors: dict[Stage, tuple[Stage, ...]] = {"instantiate": GROUPS[0], "perceive": GROUPS[0] + GROUPS[1]}
        for stage, stages in floors.items():
            pool = {k: d for k, d in self.drafts.items() if d.stage in stages and not self._handed_back(k)}
            if (
                self.study.info.epsilon > 0 and stage == "instantiate"
            ):  # ideas are compared with a baseline of their own
                pool = {k: d for k, d in pool.items() if not k.startswith(AGAIN)}
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
        made = Plan(gates=gates, steps=steps, runs=runs, findings=found, ladder=self.ladder())
        words = outlook(self.study, made, self.stands_at, self.doubted)
        return msgspec.structs.replace(made, outlook=words) if words else made

    def ladder(self) -> tuple[Rung, ...]:
        """How the baseline came to be what it is today."""
        return ladder(self.study, self.drafts, self.standing, self.fixes, self.recorded)

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
        # not normalised, so that a verdict elsewhere cannot turn a near tie round
        weights = [self._share(k, self.weights) for k in keys]
        costs = [max(self.drafts[k].cost_hours, 1e-9) for k in keys]
        before = [[at[p] for p in ahead[k] if p in at] for k in keys]
        return [keys[i] for i in order(weights, costs, before, keys=keys)]

    def _share(self, key: str, of: Mapping[str, float]) -> float:
        """What a step holds of the probability or weight that its elements have."""
        d = self.drafts[key]
        return 0.0 if d.after or self._handed_back(key) else weight_of(d, self.drafts, of, self.closed)

    def _probability(self, key: str) -> float:
        return float(f"{self._share(key, self.chances):.6g}")

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
        mine = as_done(mine, self.shared.get(key, {}))
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
        """Why the step stands here, and what moved it: see `reasons`."""
        d = self.drafts[key]
        words = [worth(self._probability(key), d.cost_hours / hours_per_run(self.study.info), state)]
        if not self._handed_back(key) and not d.after and not d.members:
            words += moved(self.table.get(d.element))
        if state not in CLOSED:
            words += stood(self.study, self.standing.get(key))
        words += freed(sorted(self.after[key]), self.standing, state)
        words += [self.placing.words[key]] if key in self.placing.words else []
        waiting = [p for p in sorted(self.after[key]) if p not in self.closed]
        words += held_back(waiting, self.gates.get(d.stage), d.stage, state)
        words += [*d.notes, *confounded(self.study, d)]
        if d.stage == "perceive" and d.element in self.doubted:
            words.append(self.doubted[d.element])
        return "; ".join(words)


def _with_effects(arms: tuple[Arm, ...], outcome: Outcome) -> tuple[Arm, ...]:
    return tuple(
        msgspec.structs.replace(a, effect=outcome.effects[a.id]) if a.id in outcome.effects else a for a in arms
    )


def _with_status(runs: Iterable[Run], results: Mapping[str, Evidence]) -> tuple[Run, ...]:
    if not results:
        return tuple(runs)
    return tuple(msgspec.structs.replace(r, status=results[r.run].state) if r.run in results else r for r in runs)
