"""Seeds of the baseline beyond a step's own: those that another step ran already, and repeats that nobody planned."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Evidence
from ablator.core.study import Study
from ablator.plan.draft import Draft
from ablator.plan.power import MAX_SEEDS
from ablator.plan.results import Rows
from ablator.plan.standing import changes_on_record
from ablator.plan.types import Run

Config = tuple[int, bytes]
"""A seed and the complete settings of a run, as sorted JSON."""


def shared_seeds(
    study: Study, drafts: Mapping[str, Draft], results: Mapping[str, Rows]
) -> dict[str, dict[str, Evidence]]:
    """Step on an idea → its confirming runs of the baseline that another step has a result of, under its own run ids.

    The baseline beside an arm is the same training in every step as long as its settings are, so that one run of a
    seed serves them all. Not on a ladder, whose baselines are rungs, and not across anything that was changed since.
    """
    if study.info.design == "ladder" or not any("/base/s" in run for rows in results.values() for run in rows):
        return {}
    pool = _pool(study, drafts, results)
    out: dict[str, dict[str, Evidence]] = {}
    for key, d in drafts.items():
        if not pool or d.stage != "instantiate" or not _plain_base(d):
            continue
        own = results.get(key, {})
        base = [r for r in d.runs if r.arm == "base" and r.kind == "confirm"]
        planned = {r.seed for r in base}
        more = sorted({s for run in own if (s := _seed(run)) and s not in planned}) if base else []
        base += [msgspec.structs.replace(base[0], run=f"{key}/base/s{s}", seed=s) for s in more]
        for run in base:
            row = pool.get(_config(run)) if run.run not in own else None
            if row is not None:
                out.setdefault(key, {})[run.run] = msgspec.structs.replace(row, run=run.run)
    return out


def _seed(run: str) -> int:
    """The number of a confirming run; 0 for any other."""
    word = run.rpartition("/")[2]
    return int(word[1:]) if word[:1] == "s" and word[1:].isdigit() else 0


def _pool(study: Study, drafts: Mapping[str, Draft], results: Mapping[str, Rows]) -> dict[Config, Evidence]:
    since = max(
        (when for _, (when, _) in changes_on_record(study, {k: d.element for k, d in drafts.items()})), default=""
    )
    pool: dict[Config, Evidence] = {}
    for key in sorted(results):
        d = drafts.get(key)
        if d is None or not _plain_base(d):
            continue
        for run, row in sorted(results[key].items()):
            ours = run.startswith(f"{key}/base/") and _seed(run) == row.seed
            if ours and row.state == "done" and row.date >= since and row.seed is not None:
                settings = msgspec.json.encode(row.overrides, order="sorted")
                pool.setdefault((row.seed, settings), row)
    return pool


def _plain_base(d: Draft) -> bool:
    """Whether the step runs the baseline as it is, nothing taken out or put in."""
    return any(a.id == "base" and not (a.removes or a.adds or a.overrides or a.to_write) for a in d.arms)


def _config(run: Run) -> Config:
    return run.seed or 0, msgspec.json.encode(run.overrides, order="sorted")


def as_done(runs: tuple[Run, ...], served: Rows) -> tuple[Run, ...]:
    """The runs, those that another step's results serve as done, and at no cost."""
    if not served:
        return runs
    return tuple(
        msgspec.structs.replace(r, status=served[r.run].state, cost_hours=0.0) if r.run in served else r for r in runs
    )


def more_repeats(d: Draft) -> dict[str, Run]:
    """Further seeds of an A/A step than the plan asks for: the more of them on record, the surer the noise."""
    base = [r for r in d.runs if r.kind == "confirm" and r.arm == "base"]
    if d.action != "repeat" or not base:
        return {}
    numbers = range(max(r.seed or 0 for r in base) + 1, MAX_SEEDS + 1)
    return {
        f"{d.id}/base/s{n}": msgspec.structs.replace(base[0], run=f"{d.id}/base/s{n}", seed=n, command="")
        for n in numbers
    }
