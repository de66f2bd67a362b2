"""What `check` says about a plan or a table of results that somebody else made, row by row."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ablator.core.checks import Finding
from ablator.plan.types import CLOSED

Row = Mapping[str, str]

RANK: Mapping[str, int] = {"observe": 0, "reach": 0, "instantiate": 1, "perceive": 2}
SEED_WORDS = frozenset({"seed", "random_seed"})
ARM_WORDS = (
    *("arm", "run", "name", "model", "condition", "variant", "ablation", "method", "setting", "system"),
    *("configuration", "config", "experiment"),
)
COUNT_WORDS = frozenset({"seeds", "n", "n_seeds", "num_seeds", "runs", "n_runs", "repeats"})
SPREAD = re.compile(r"\d\s*%?\s*(±|\+/?-|\\pm)\s*\d")
"""A cell such as `93.1 ± 0.2`: a mean over several runs."""
BASE_WORDS = ("base", "baseline", "control", "full", "original", "default", "reference")

ALIKE = 1.02
"""Up to this ratio two arms count as equal in parameters, as in `judged.LARGE_SHARE` (judged)."""


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
    return sorted(found, key=_by_code_and_row)


def results_findings_of(rows: Sequence[Row]) -> list[Finding]:
    """Findings on a table of results: a row a run, with an arm (or name) and perhaps a seed and parameters."""
    found: list[Finding] = []
    if not rows:
        return [Finding("ABL508", "head", "the table has no rows", "give it a row a run")]
    column = _column(rows[0], ARM_WORDS)
    if column is None:
        return [
            Finding("ABL510", "head", "no column names the arms", "call it arm, or run with ids as `plan --runs-csv`")
        ]
    arms: dict[str, list[tuple[int, Row]]] = {}
    for line, row in enumerate(rows, 1):
        arms.setdefault(_arm_of(row, column), []).append((line, row))
    if not any(any(w in name.lower() for w in BASE_WORDS) for name in arms):
        found.append(
            Finding("ABL205", "head", "no arm is the baseline", "add the unchanged model, run with the same seeds")
        )
    single = [name for name, mine in arms.items() if len(mine) < 2 and not _spread(mine[0][1], column)]
    if single:
        where = arms[single[0]][0][0]
        found.append(
            Finding(
                "ABL301",
                f"row {where}",
                f"{len(single)} of {len(arms)} arms have a single run, the first is {single[0]}",
                "repeat each with other seeds: one seed cannot tell an effect from luck",
            )
        )
    found += _seeds(rows, arms)
    found += _parameters(arms)
    return sorted(found, key=_by_code_and_row)


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
    seeds, trials = _count(row.get("seeds")), _count(row.get("trials"))
    if seeds is not None and seeds < 2:
        yield Finding("ABL301", f"row {line}", f"{row['step']} gets {seeds} seed", "plan two seeds an arm or more")
    tuned = any((_count(r.get("trials")) or 0) > 1 for r in rows if r["stage"] == "reach")
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


def _seeds(rows: Sequence[Row], arms: Mapping[str, list[tuple[int, Row]]]) -> Iterable[Finding]:
    """ABL308: the same seed counted twice in an arm."""
    word = next((c for c in rows[0] if c.lower() in SEED_WORDS), None)
    if word is None:
        return
    for name, mine in arms.items():
        seen: set[str] = set()
        for line, row in mine:
            if row[word] and row[word] in seen and row.get("kind", "confirm") == "confirm":
                yield Finding(
                    "ABL308",
                    f"row {line}",
                    f"{name} counts seed {row[word]} twice",
                    "repeat it with a seed of its own",
                )
            seen.add(row[word])


def _parameters(arms: Mapping[str, list[tuple[int, Row]]]) -> Iterable[Finding]:
    """ABL202: an arm has more parameters than the first one."""
    sizes: dict[str, tuple[int, float]] = {}
    for name, mine in arms.items():
        line, row = mine[0]
        text = next((row[c] for c in row if c.lower() in {"parameters", "params", "n_params", "num_parameters"}), "")
        try:
            sizes[name] = (line, float(text))
        except ValueError:
            continue
    if not sizes:
        return
    base = next((n for n in sizes if any(w in n.lower() for w in BASE_WORDS)), next(iter(sizes)))
    for name, (line, size) in sizes.items():
        if size > sizes[base][1] * ALIKE:
            yield Finding(
                "ABL202",
                f"row {line}",
                f"{name} has {size / sizes[base][1]:.2f} times the parameters of {base}",
                "match the parameters, or add a control of that size",
            )


def _column(row: Row, words: Sequence[str]) -> str | None:
    """The column that one of the words names, in any case and with any blanks; the earliest word wins."""
    plain = {c.strip().lower(): c for c in reversed(list(row))}
    return next((plain[w] for w in words if w in plain), None)


def _spread(row: Row, column: str) -> bool:
    """A row that sums up several runs: a mean with its spread, unless it says that it rests on one."""
    counts = [_count(text) for c, text in row.items() if c.strip().lower().replace(" ", "_") in COUNT_WORDS]
    known = [n for n in counts if n is not None]
    if known:
        return known[0] > 1
    return any(SPREAD.search(text) for c, text in row.items() if c != column)


def _arm_of(row: Row, column: str) -> str:
    """The arm's name; of a run id `STEP/ARM/s1` the part without the seed."""
    name = row[column]
    return name.rpartition("/")[0] if column.strip().lower() == "run" and name.count("/") >= 2 else name


def _settled_or(row: Row, action: str) -> bool:
    return row.get("action") == action or row["step"].startswith(f"{action}-") or "noise" in row["step"]


def _count(text: str | None) -> int | None:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _by_code_and_row(found: Finding) -> tuple[str, int, str]:
    number = found.place.rpartition(" ")[2]
    return found.code, int(number) if number.isdigit() else 0, found.sentence
