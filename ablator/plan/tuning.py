"""Steps of observe and reach with what their results fixed: each sweep stands around the values of its day."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Element, Evidence, Json
from ablator.core.queries import kept
from ablator.core.study import Study, base_id
from ablator.plan.baseline import settings_of_today
from ablator.plan.changes import reopens
from ablator.plan.costs import rounded
from ablator.plan.draft import with_settings
from ablator.plan.drafts import SWEPT, Draft, Fairness, draft
from ablator.plan.outcomes import Outcome, against_baseline, best_settings, outcome_of
from ablator.plan.results import Rows, newest, noise_of
from ablator.plan.standing import changes_on_record, last_words
from ablator.plan.sweeps import DOUBLED, length_of

LENGTHS = frozenset({"training-length", DOUBLED})
"""Factors whose trials are runs of another length."""

TABLES_KEPT = 4
"""Tables of elements with the values of a day that are kept for one study."""


class Fix(msgspec.Struct, frozen=True):
    """What a step fixed: when, the settings of its best trial, and the elements that these changed."""

    date: str
    settings: Mapping[str, Json]
    touches: tuple[str, ...]


class Tuned(msgspec.Struct, frozen=True):
    """Steps of observe and reach on the baseline of today, what results say about them, and what was fixed.

    `results` are those that hold still: rows from before something re-opened a step are left out. `settings` are those
    in which the baseline of today differs from the original one.
    """

    drafts: dict[str, Draft]
    measured: dict[str, Outcome]
    results: dict[str, dict[str, Evidence]]
    settings: dict[str, Json]
    fixes: dict[str, Fix]


def tuned(study: Study, fair: Fairness, results: Mapping[str, dict[str, Evidence]]) -> Tuned:
    """Every step of observe and reach; results count in the order in which they came."""
    work = _Tuning(study, fair, results)
    for key in sorted((k for k in work.drafts if k in results), key=lambda k: (newest(results[k].values()), k)):
        work.take(key)
    work.reopen()
    work.rebase()
    return Tuned(work.drafts, work.measured, work.results, work.settings, work.fixes)


class _Tuning:
    """The steps of one planning and what has been fixed so far."""

    def __init__(self, study: Study, fair: Fairness, results: Mapping[str, dict[str, Evidence]]) -> None:
        self.study, self.fair = study, fair
        self.results, self.recorded = dict(results), results
        self.measured: dict[str, Outcome] = {}
        self.fixes: dict[str, Fix] = {}
        self.settings: dict[str, Json] = {}
        self.drafts: dict[str, Draft] = {}
        self.first: dict[str, int] = {}
        """Trials of a step in rounds before the present one."""
        for key in sorted(study.elements):
            element = study.elements[key]
            if element.kind in {"factor", "instrument"}:
                d = draft(study, element, fair)
                if d is not None:
                    self.drafts[d.id] = d
        elements = {k: d.element for k, d in self.drafts.items()}
        self.said = last_words(study, elements)
        self.reached = reopens(study)
        self.changes = [(who, when) for who, (when, _) in changes_on_record(study, elements)]

    def take(self, key: str) -> None:
        """Take in the results of a step, round by round: a round ends where something re-opened the step."""
        element = self.study.elements[self.drafts[key].element]
        rounds = self._rounds(element, self.results[key])
        for number, rows in enumerate(rounds):
            held = number == len(rounds) - 1
            if rows:
                self._take_round(key, element, rows, held)
            if not held:
                self.first[key] = max(self.first.get(key, 0), _trials(rows))
        self.results[key] = rounds[-1]

    def _rounds(self, element: Element, rows: dict[str, Evidence]) -> list[dict[str, Evidence]]:
        """Rows before the first change that re-opens the element, between it and the next, and after the last."""
        days = {when for who, when in self.changes if who != element.id and element.id in self.reached.get(who, ())}
        out: list[dict[str, Evidence]] = [{} for _ in range(len(days) + 1)]
        for run, row in rows.items():
            out[sum(row.date >= day for day in days)][run] = row
        return [r for r in out[:-1] if r] + [out[-1]]

    def reopen(self) -> None:
        """Let rows from before a change that came later be those of an earlier round: the next one is to be made."""
        for key in sorted(k for k in self.drafts if self.results.get(k)):
            rounds = self._rounds(self.study.elements[self.drafts[key].element], self.results[key])
            if rounds[-1] != self.results[key]:
                self.first[key] = max(self.first.get(key, 0), *(_trials(rows) for rows in rounds[:-1]))
                self.results[key] = rounds[-1]

    def _take_round(self, key: str, element: Element, rows: dict[str, Evidence], held: bool) -> None:
        d = self._redraft(key, element, rows)
        noise = noise_of(self.study, self.recorded, newest(rows.values()))
        found = outcome_of(_with_value(self.study, d), d, rows, noise)
        if found is not None and not self.settings and d.action in SWEPT:
            found = against_baseline(self.study, d, rows, found, noise)
        if found is not None:  # that of an earlier round stands until it is stale, and says so
            self.measured[key] = found
        if held:
            self.drafts[key] = d
        word = self.said.get(key)
        verdict = word.verdict if word is not None else found.verdict if found is not None else None
        best = best_settings(self.study.info, d, SWEPT[d.action], rows) if d.action in SWEPT else None
        if verdict == "fixed" and found is not None and best is not None:
            moved = {k for r in d.runs for k in r.overrides}
            now = {k: v for k, v in best.items() if k in moved}
            before = _with_value(self.study, d)
            beside = [
                k
                for k, e in sorted(before.elements.items())
                if e.kind == "factor"
                and e.keys
                and e.keys[0] in now
                and now[e.keys[0]] != e.value
                and e.value is not None
            ]
            self.fixes[key] = Fix(found.date, now, tuple(dict.fromkeys([d.element, *beside])))
            self.settings = self._today()
            if word is None:
                self.changes += [(who, found.date) for who in self.fixes[key].touches]

    def _redraft(self, key: str, element: Element, rows: Rows) -> Draft:
        """The step as it was offered when these rows were made: around the values that fit the settings they ran with.

        These were the values of their day: what was fixed by then, what the first trial ran with, or the original ones.
        """
        first, arm = self.first.get(key, 0), SWEPT.get(self.drafts[key].action)
        lead = rows.get(f"{key}/{arm}/t{first + 1}")
        tried: list[Draft] = []
        for then in (self.settings, lead.overrides if lead is not None else {}, {}):
            study = valued(self.study, then)
            d = draft(study, study.elements[element.id], self.fair, rows, first=first)
            if d is not None:
                tried.append(d)
            if arm is None or not (self.settings or lead):
                break
        return max(tried, key=lambda d: _agreement(d, rows), default=self.drafts[key])

    def _today(self) -> dict[str, Json]:
        return settings_of_today(self.study, {k: (f.date, f.settings) for k, f in self.fixes.items()})

    def rebase(self) -> None:
        """Put the steps that have no results of this round on the baseline of today, and complete their settings."""
        self.settings = self._today()
        if not self.settings and not self.first:
            return
        study = valued(self.study, self.settings)
        if self.settings:  # the run at hand is one of the baseline of then
            rows = {k: e for k, e in study.evidence.items() if e.kind != "curve"}
            study = msgspec.structs.replace(study, evidence=rows)
        longer = length_of(self.study, self.settings)
        for key, d in self.drafts.items():
            if not self.results.get(key) and d.action in SWEPT:
                d = draft(study, study.elements[d.element], self.fair, first=self.first.get(key, 0)) or d
                if base_id(d.element) in LENGTHS and longer != 1.0:
                    d = _lengthened(d, longer)
            self.drafts[key] = with_settings(d, self.study, self.settings, {})


def valued(study: Study, settings: Mapping[str, Json]) -> Study:
    """The study with the values that some settings give to what they set; the study itself where none differs."""
    if not settings:
        return study
    changed: dict[str, Element] = {}
    for key, e in study.elements.items():
        name = e.keys[0] if e.keys and e.kind != "claim" else ""
        if name in settings and settings[name] != e.value and _alike(e.value, settings[name]):
            changed[key] = msgspec.structs.replace(e, value=settings[name])
    if not changed:
        return study
    memo: dict[bytes, Mapping[str, Element]] = kept(study, "valued", lambda _: {})
    asked = msgspec.json.encode({k: e.value for k, e in changed.items()}, order="sorted")
    if asked not in memo:  # the same tables again keep the views of them
        if len(memo) >= TABLES_KEPT:
            memo.clear()
        memo[asked] = {**study.elements, **changed}
    return msgspec.structs.replace(study, elements=memo[asked])


def _alike(before: Json, after: Json) -> bool:
    """Whether a setting is a value of the same sort, so that a switch in the files is not taken for a number."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (before, after))
    return numbers or before is None or type(before) is type(after)


def _with_value(study: Study, d: Draft) -> Study:
    """The study with the value that a sweep takes for the present one: that of its first trial."""
    lead = next((r for r in d.runs if r.kind == "tune"), None)
    return study if lead is None else valued(study, lead.overrides)


def _agreement(d: Draft, rows: Rows) -> int:
    """How many trials on record ran with the settings that the step plans for them."""
    pairs = ((r, rows[r.run].overrides) for r in d.runs if r.kind == "tune" and r.run in rows)
    return sum(bool(ran) and all(k in ran and ran[k] == v for k, v in r.overrides.items()) for r, ran in pairs)


def _lengthened(d: Draft, longer: float) -> Draft:
    """The step where a run of the baseline is so many times the length that the hours of a run were told for."""
    runs = tuple(
        msgspec.structs.replace(r, cost_hours=rounded(r.cost_hours * longer)) if r.kind == "tune" else r for r in d.runs
    )
    return msgspec.structs.replace(d, runs=runs, cost_hours=rounded(sum(r.cost_hours for r in runs)))


def _trials(rows: Rows) -> int:
    """The largest number of a trial among some rows."""
    words = (k.rpartition("/")[2] for k in rows)
    return max((int(w[1:]) for w in words if w.startswith("t") and w[1:].isdigit()), default=0)
