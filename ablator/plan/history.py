"""The ladder of the baseline: what was adopted and what was fixed, in turn, with what each rung was worth."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Decision, Info, Json
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.baseline import adoptions
from ablator.plan.changes import reopens
from ablator.plan.compare import mean
from ablator.plan.draft import Draft
from ablator.plan.results import Rows, score
from ablator.plan.standing import Standing, adopted_elements, adopted_settings, order_of
from ablator.plan.tuning import Fix
from ablator.plan.types import AGAIN, Move, Rung, beside


def ladder(
    study: Study,
    drafts: Mapping[str, Draft],
    standing: Mapping[str, Standing],
    fixes: Mapping[str, Fix],
    results: Mapping[str, Rows],
) -> tuple[Rung, ...]:
    """The rungs, oldest first, below them the baseline that the study was made from; empty where nothing moved it."""
    found: list[tuple[tuple[str, int, str], Rung]] = []
    for d in adoptions(study):
        rows = {k: r for k, r in results.get(d.step, {}).items() if k.startswith(f"{d.step}/{d.arm}/s")}
        change = next((a.change for a in drafts[d.step].arms if a.id == d.arm), d.arm) if d.step in drafts else d.arm
        made = _rung(study, d, "adopted", f"{d.step}/{d.arm}", change, adopted_settings(d), _mean(study, rows))
        found.append((order_of(d), made))
    for key in sorted(drafts.keys() & {*fixes, *standing}):
        if study.elements[drafts[key].element].kind != "factor" or beside(key):  # an instrument moves no baseline
            continue
        held = standing.get(key)
        said = held.decision if held is not None and held.state in {"done", "stale"} else None
        fix = fixes.get(key)
        if (said is None or said.verdict != "fixed") and fix is None:
            continue
        if said is None or said.verdict != "fixed":  # fixed once, and looked at again since
            said = Decision(id="", kind="verdict", step=key, element=drafts[key].element, date=fix.date if fix else "")
        settings = dict(fix.settings) if fix is not None else {}
        words = ", ".join(f"{k}={v}" for k, v in sorted(settings.items()))
        change = f"{title(study.elements[drafts[key].element])}: {words}" if words else f"{key} is fixed"
        again = results.get(f"{AGAIN}{drafts[key].element.replace('/', '.')}", {})
        value = _mean(study, again)
        if value is None and fix is not None:
            value = _best(study, results.get(key, {}))
        found.append((order_of(said), _rung(study, said, "fixed", key, change, settings, value)))
    if not found:
        return ()
    start = Rung(date="", move="made", what="", change="as the study was made", value=study.info.baseline)
    return _with_gains(study, [start, *(r for _, r in sorted(found, key=lambda row: row[0]))])


def _rung(
    study: Study, d: Decision, move: Move, what: str, change: str, settings: dict[str, Json], value: float | None
) -> Rung:
    reached = {t for k in adopted_elements(d) for t in reopens(study).get(k, ()) if t in study.elements}
    return Rung(
        date=d.date,
        move=move,
        what=what,
        change=change,
        settings=settings,
        reason=d.reason,
        author=d.author,
        value=value,
        reopened=tuple(sorted(reached)),
    )


def _mean(study: Study, rows: Rows) -> float | None:
    """The metric over some seeds, in its own units."""
    values = [v for k in sorted(rows) if (v := score(study.info, rows[k])) is not None]
    return _metric(study, mean(values)) if values else None


def _best(study: Study, rows: Rows) -> float | None:
    best = max((v for k in sorted(rows) if (v := score(study.info, rows[k])) is not None), default=None)
    return None if best is None else _metric(study, best)


def _metric(study: Study, value: float) -> float:
    return float(f"{-value if study.info.goal == 'min' else value:.6g}")


def _with_gains(study: Study, rungs: list[Rung]) -> tuple[Rung, ...]:
    """Each rung with its gain over the last one below it whose value is known."""
    out: list[Rung] = []
    last: float | None = None
    for r in rungs:
        if r.value is not None and last is not None:
            gain = last - r.value if study.info.goal == "min" else r.value - last
            r = msgspec.structs.replace(r, gain=float(f"{gain:.6g}"))
        last = r.value if r.value is not None else last
        out.append(r)
    return tuple(out)


def today_words(info: Info, rungs: tuple[Rung, ...]) -> str:
    """Where the metric stands today, to go on a sentence; empty where nothing is known."""
    value = rungs[-1].value if rungs else info.baseline
    if value is not None:
        return f", {value:.6g} today" if rungs else f", {value:g} today"
    return f", {info.baseline:g} when the study was made" if info.baseline is not None else ""


def rung_line(number: int, rung: Rung) -> str:
    """A rung as one line for people."""
    value = f": {rung.value:.4g}" if rung.value is not None else ""
    gain = f" ({rung.gain:+.3g})" if rung.gain is not None else ""
    head = f"{rung.date[:10]} {rung.move} {rung.what}: " if rung.what else ""
    by = f", by {rung.author}" if rung.author and rung.author != "measured" else ""
    why = f"; {rung.reason}" if rung.reason and rung.move == "adopted" else ""
    again = f"; re-opens {', '.join(rung.reopened[:4])}" if rung.reopened else ""
    again += f" and {len(rung.reopened) - 4} more" if len(rung.reopened) > 4 else ""
    return f"{number}. {head}{rung.change}{value}{gain}{by}{why}{again}"


def ladder_lines(rungs: tuple[Rung, ...]) -> list[str]:
    """The ladder for people, a line a rung."""
    return [rung_line(i, r) for i, r in enumerate(rungs)]
