"""Recorded results as numbers: by step, arm and kind of run, greater is better, what failed set apart."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ablator.core.elements import Element, Evidence, Info, Json
from ablator.core.study import Study, amount
from ablator.plan.compare import variance

ENDED = frozenset({"done", "failed", "diverged", "pruned"})
"""States of a run that is over; only `done` has a result, and a divergence is counted as an outcome of its own."""

NOISE = "noise-floor"

FIRST_SEEDS = 3
"""Confirming seeds of each arm that are run before the rest: a plain difference shows in them already."""

LARGEST = 1e60
"""A metric beyond it is a run that blew up, not a value: squares of it would leave the range of numbers."""

Rows = Mapping[str, Evidence]
"""Run id → its evidence."""


class ArmResults(msgspec.Struct, frozen=True):
    """Values of one arm, greater is better: `trials` and `seeds` by number; how many runs ended without a value.

    `diverged` and `failed` count runs of both kinds, `unstable` the seeds among the diverged, `cut` the trials that
    were pruned: tried, and known to be worse than others only.
    """

    trials: dict[int, float]
    seeds: dict[int, float]
    diverged: int
    failed: int
    unstable: int = 0
    cut: int = 0


def results_by_step(study: Study) -> dict[str, dict[str, Evidence]]:
    """Recorded results: step id → run id → its evidence, sorted; without runs whose metric is still awaited."""
    out: dict[str, dict[str, Evidence]] = {}
    for key in sorted(study.evidence):
        row = study.evidence[key]
        if row.kind == "result" and row.run.count("/") >= 2 and not awaits_metric(study.info, row):
            out.setdefault(row.run.split("/", 1)[0], {})[row.run] = row
    return out


def score(info: Info, row: Evidence) -> float | None:
    """The study's metric in a result, with its sign turned so that greater is better; None where it holds none."""
    if row.state != "done":
        return None
    value = raw_score(info, row)
    if value is None or not abs(value) <= LARGEST:
        return None
    return -value if info.goal == "min" else value


def raw_score(info: Info, row: Evidence) -> float | None:
    """The study's metric as it was recorded; where the study names none, the only metric there is."""
    if info.metric:
        return row.metrics.get(info.metric)
    return next(iter(row.metrics.values())) if len(row.metrics) == 1 else None


def awaits_metric(info: Info, row: Evidence) -> bool:
    """Whether a training is on record with other metrics only: the run still waits for the study's own."""
    training = not row.run.rpartition("/")[2].startswith("c")
    return training and row.state == "done" and bool(row.metrics) and raw_score(info, row) is None


def by_arm(info: Info, rows: Rows) -> dict[str, ArmResults]:
    """Results of one step by arm."""
    out: dict[str, ArmResults] = {}
    for run in sorted(rows):
        _, arm, word = run.split("/", 2)
        number = int(re.sub(r"\D", "", word) or 0)
        found = out.get(arm) or ArmResults({}, {}, 0, 0)
        row = rows[run]
        value = score(info, row)
        if value is not None:
            (found.seeds if word.startswith("s") else found.trials)[number] = value
        diverged = row.state == "diverged" or (row.state == "done" and bool(row.metrics) and value is None)
        failed = row.state in {"failed", "pruned"}
        confirming = word.startswith("s")
        out[arm] = ArmResults(
            found.trials,
            found.seeds,
            found.diverged + diverged,
            found.failed + failed,
            found.unstable + (diverged and confirming),
            found.cut + (row.state == "pruned" and not confirming),
        )
    return out


def other_metrics(info: Info, rows: Rows, arms: Sequence[str]) -> dict[str, dict[str, dict[int, float]]]:
    """Metrics beside the study's own: metric → arm → seed → value, as recorded."""
    out: dict[str, dict[str, dict[int, float]]] = {}
    for run in sorted(rows):
        _, arm, word = run.split("/", 2)
        if arm not in arms or not word.startswith("s") or rows[run].state != "done":
            continue
        number = int(re.sub(r"\D", "", word) or 0)
        for name, value in rows[run].metrics.items():
            if name != info.metric and abs(value) <= LARGEST:
                out.setdefault(name, {}).setdefault(arm, {})[number] = value
    return out


def noise_of(study: Study, results: Mapping[str, Rows], until: str = "") -> float | None:
    """Standard deviation between seeds: as the study says, else as the repeats measured it.

    With `until`, without later repeats of what a sweep of that date led to: they do not judge that sweep.
    """
    said = amount(study.info.noise, study.info.baseline)
    return said if said is not None else measured_noise(study, results, until)


def measured_noise(study: Study, results: Mapping[str, Rows], until: str = "") -> float | None:
    """Standard deviation between the seeds of the newest repeats of the baseline that hold two values or more."""
    values = newest_repeats(study, results, until)[1]
    return variance(values) ** 0.5 if values else None


def newest_repeats(study: Study, results: Mapping[str, Rows], until: str = "") -> tuple[str, list[float]]:
    """The newest step that repeats the baseline, and its values, greater is better; of one date the widest apart.

    A step counts where two seeds or more ended with a value and not all with the same; none: an empty list.
    """
    found: list[tuple[str, float, str, list[float]]] = []
    for step in sorted(k for k in results if k.startswith("repeat-")):
        rows = {run: row for run, row in results[step].items() if run.startswith(f"{step}/base/s")}
        if until and step != f"repeat-{NOISE}":
            rows = {run: row for run, row in rows.items() if row.date < until}
        values = [v for v in (score(study.info, rows[k]) for k in sorted(rows)) if v is not None]
        if len(set(values)) > 1:
            found.append((newest(rows.values()), variance(values), step, values))
    if not found:
        return "", []
    _, _, step, values = max(found, key=lambda f: (f[0], f[1], f[2]))
    return step, values


def newest(rows: Iterable[Evidence]) -> str:
    """The date of the latest of some rows."""
    return max((r.date for r in rows), default="")


def last_change(element: Element, changes: Iterable[tuple[str, str]], reopens: Mapping[str, tuple[str, ...]]) -> str:
    """When something that re-opens `element` was last changed; an empty text for never."""
    return max((when for who, when in changes if who != element.id and element.id in reopens.get(who, ())), default="")


def settings_of(row: Evidence, planned: Mapping[str, Json]) -> dict[str, Json]:
    """The settings of a recorded run: its own where it carries any, else those of the plan."""
    return dict(row.overrides or planned)
