"""What `check` says about a plan that somebody else made, row by row."""

from collections.abc import Iterable, Mapping, Sequence

from ablator.core.checks import Finding
from ablator.plan.foreign_results import by_code_and_row, count
from ablator.plan.types import CLOSED

Row = Mapping[str, str]

RANK: Mapping[str, int] = {"observe": 0, "reach": 0, "instantiate": 1, "perceive": 2}


def plan_findings_of(rows: Sequence[Row]) -> list[Finding]:
    """Findings on the rows of a plan CSV, in the columns of the contract; missing columns are themselves a finding."""
    found: list[Finding] = []
    missing = [c for c in ("step", "stage") if rows and c not in rows[0]]
    if missing:
        return [
            Finding(
                "ABL510",
                "head",
                f"the plan has no column {' and '.join(missing)}",
                "name the columns as `plan --csv`",
            )
        ]
    found += _twice(rows)
    found += _floors(rows)
    found += _waits(rows)
    for line, row in enumerate(rows, 1):
        found += _row(line, row, rows)
    if rows and not any(r["stage"] == "observe" and _settled_or(r, "repeat") for r in rows):
        found.append(
            Finding(
                "ABL303", "head", "no step measures the noise between seeds", "repeat the baseline three times first"
            )
        )
    return sorted(found, key=by_code_and_row)


def _twice(rows: Sequence[Row]) -> Iterable[Finding]:
    seen: set[str] = set()
    for line, row in enumerate(rows, 1):
        if row["step"] in seen:
            yield Finding("ABL509", f"row {line}", f"{row['step']} stands in the plan twice", "keep one of them")
        seen.add(row["step"])
        if row["stage"] not in RANK:
            yield Finding(
                "ABL510", f"row {line}", f"{row['stage']!r} is no stage", "use observe, reach, instantiate or perceive"
            )


def _floors(rows: Sequence[Row]) -> Iterable[Finding]:
    """ABL101: a floor is skipped."""
    for line, row in enumerate(rows, 1):
        rank = RANK.get(row["stage"])
        if rank is None or row.get("state") in CLOSED:
            continue
        later = [
            r["step"]
            for r in rows[line:]
            if RANK.get(r["stage"], 9) < rank
            and r.get("state") not in CLOSED
            and row["step"] not in r.get("after", "").split()
        ]
        if later:
            yield Finding(
                "ABL101",
                f"row {line}",
                f"{row['step']} stands before {len(later)} open steps of a lower floor, the first is {later[0]}",
                "settle observation and reachability first, or waive them with a reason",
            )


def _waits(rows: Sequence[Row]) -> Iterable[Finding]:
    """ABL105: a step stands before one that it waits for; ABL505: it waits for what the plan does not hold."""
    place = {r["step"]: i for i, r in enumerate(rows)}
    for i, row in enumerate(rows):
        if row.get("state") in CLOSED:
            continue
        for wanted in row.get("after", "").split():
            if wanted not in place:
                yield Finding(
                    "ABL505", f"row {i + 1}", f"{row['step']} waits for {wanted}, which is no step", "mend `after`"
                )
            elif place[wanted] > i and rows[place[wanted]].get("state") not in CLOSED:
                yield Finding("ABL105", f"row {i + 1}", f"{row['step']} stands before {wanted}", "move it behind")


def _row(line: int, row: Row, rows: Sequence[Row]) -> Iterable[Finding]:
    reason = row.get("reason", "").strip()
    if row.get("state") == "waived" and not reason:
        yield Finding("ABL102", f"row {line}", f"{row['step']} is waived without a reason", "write why")
    if row.get("verdict") and not reason:
        yield Finding("ABL104", f"row {line}", f"{row['step']} has a verdict without a reason", "write why")
    if row["stage"] != "instantiate":
        return
    seeds, trials = count(row.get("seeds")), count(row.get("trials"))
    if seeds is not None and seeds < 2:
        yield Finding("ABL301", f"row {line}", f"{row['step']} gets {seeds} seed", "plan two seeds an arm or more")
    tuned = any((count(r.get("trials")) or 0) > 1 for r in rows if r["stage"] == "reach")
    if tuned and trials == 0 and "retune" not in row.get("why", ""):
        yield Finding(
            "ABL201", f"row {line}", f"{row['step']} tunes its arms less than the baseline", "give both as many trials"
        )
    if row.get("state") == "done" and any(
        r["stage"] in {"observe", "reach"} and r.get("state") not in CLOSED for r in rows
    ):
        yield Finding(
            "ABL101",
            f"row {line}",
            f"{row['step']} was judged while steps below it are open",
            "settle or waive those first",
        )


def _settled_or(row: Row, action: str) -> bool:
    return row.get("action") == action or row["step"].startswith(f"{action}-") or "noise" in row["step"]
