"""What `check` says about a table of results that somebody else made: a row a run, or a row an arm with its mean."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ablator.core.checks import Finding

Row = Mapping[str, str]
Arms = Mapping[str, list[tuple[int, Row]]]
"""Arm → its rows, each with its number."""

ARM_WORDS = (
    *("arm", "run", "name", "model", "condition", "variant", "ablation", "method", "setting", "system"),
    *("configuration", "config", "experiment"),
)
SEED_WORDS = frozenset({"seed", "random_seed"})
COUNT_WORDS = frozenset({"seeds", "n", "n_seeds", "num_seeds", "runs", "n_runs", "repeats"})
SIZE_WORDS = re.compile(r"(n_|num_)?param(eter)?s?(_count)?(_?[(\[]?(k|m|b)[)\]]?)?")
TRIAL_WORDS = frozenset({"trials", "n_trials", "num_trials", "tuning_trials", "lr_trials", "tuning_runs"})
TUNED_WORDS = frozenset({"tuned", "retuned", "re_tuned", "hp_retuned", "hp_tuned", "lr_tuned", "hyperparameters_tuned"})
CHANGE_WORDS = frozenset(
    {"change", "changes", "changed", "removed", "removes", "ablated", "added", "adds", "modification"}
)
P_WORDS = re.compile(r"p|p_?val(ue)?s?")
ADJUSTED = re.compile(r"adj|correct|holm|bonf|fdr|\bq\b|q_?val")
SAME = re.compile(
    r"\bno (significant |measurable )?(effect|difference|change)\b|\bequivalent\b|\bnot significant\b|\bn\.?s\.?\b"
)
EQUIVALENCE = re.compile(r"tost|equivalen|margin|bound")
BASE_WORDS = ("base", "baseline", "control", "full", "original", "default", "reference", "vanilla")
NO, YES = frozenset({"no", "false", "0", "-", "off", "✗", "x", "none"}), frozenset({"yes", "true", "1", "+", "on", "✓"})
SPREAD = re.compile(
    r"\d\s*%?\s*(±|\+\s?/?\s?[-−]|\\pm)\s*\.?\d|\d\s*%?\s*\(\s*±?\s*\d*\.?\d+\s*%?\)\s*$|\d\s*\[\s*[-−]?[\d.]+\s*[,;–]"
)
"""A cell such as `93.1 ± 0.2`, `93.1 (0.2)` or `93.1 [92.9, 93.3]`: a mean over several runs."""
DEVIATION = re.compile(
    r"(.*_)?(std|sd|stdev|std_dev|std_err|stderr|sem|se|ci|ci_?95|95_ci|standard_deviation|standard_error|ci_low|ci_high)(_.*)?"
)
"""A column of deviations or intervals: what it stands beside are means over several runs."""
REPEAT = re.compile(r"(seed|run|rep(eat)?|r|s)[ _-]?#?\d+")
"""A column of one repeat in a table that has them side by side: `seed 1`, `run_2`."""
SIGNS = re.compile(r"(?:^|\s)(?:w/o|without|no|minus|[+−–-])\s*\S", re.IGNORECASE)
"""A piece of an arm's name that takes something out or puts it in: `w/o norm`, `+ RoPE`."""
LISTED = re.compile(r"\s*(?:[,;&+]|\band\b)\s*")

ALIKE = 1.02
"""Up to this ratio two arms count as equal in parameters, as in `judged.LARGE_SHARE` (judged)."""
MANY = 3
"""From so many arms beside the baseline on, p-values need a correction."""


def results_findings_of(rows: Sequence[Row]) -> list[Finding]:
    """Findings on a table of results: a row a run, or a row an arm, with an arm's name and whatever else it tells."""
    if not rows:
        return [Finding("ABL508", "head", "the table has no rows", "give it a row a run")]
    column = _column(rows[0], ARM_WORDS)
    if column is None:
        return [
            Finding("ABL510", "head", "no column names the arms", "call it arm, or run with ids as `plan --runs-csv`")
        ]
    done = [(n, row) for n, row in enumerate(rows, 1) if not _planned(row)]
    if not done:
        return [Finding("ABL508", "head", "no row holds a result yet", "run what is planned, and fill in the values")]
    steps: dict[str, dict[str, list[tuple[int, Row]]]] = {}
    for line, row in done:
        step, arm = _step_of(row), _arm_of(row, column)
        steps.setdefault(step, {}).setdefault(arm, []).append((line, row))
    found: list[Finding] = []
    for step, arms in steps.items():
        if not step or len(arms) > 1:  # a step with one arm compares nothing
            found += _compared(arms, column)
    return sorted(dict.fromkeys(found), key=by_code_and_row)


def _compared(arms: Arms, column: str) -> list[Finding]:
    """Findings on arms that are compared with each other."""
    base = next((name for name in arms if _is_base(name.rpartition("/")[2])), None)
    found: list[Finding] = []
    if base is None:
        found.append(
            Finding("ABL205", "head", "no arm is the baseline", "add the unchanged model, run with the same seeds")
        )
    found += _single(arms, column)
    found += _seeds(arms)
    found += _parameters(arms, base)
    found += _tuning(arms, base)
    found += _several(arms, base, column)
    found += _claims(arms, column)
    return found


def _single(arms: Arms, column: str) -> Iterable[Finding]:
    """ABL301: arms with one run; ABL303: nothing in the table was repeated, so that nothing tells the noise."""
    single = [name for name, mine in arms.items() if _repeats(mine, column) < 2]
    if not single:
        return
    where = arms[single[0]][0][0]
    yield Finding(
        "ABL301",
        f"row {where}",
        f"{len(single)} of {len(arms)} arms have a single run, the first is {single[0]}",
        "repeat each with other seeds: one seed cannot tell an effect from luck",
    )
    if len(single) == len(arms) > 1:
        yield Finding(
            "ABL303",
            "head",
            "no arm was repeated, so that nothing tells the noise between seeds",
            "repeat the baseline three times first",
        )


def _repeats(mine: Sequence[tuple[int, Row]], column: str) -> int:
    """Confirming runs that the rows of an arm stand for; tuning trials are no repeats."""
    runs = [row for _, row in mine if _kind(row) != "tune"]
    if len(runs) != 1:
        return len(runs)
    row = runs[0]
    counts = [count(text) for name, text in row.items() if _plain(name) in COUNT_WORDS]
    known = [n for n in counts if n is not None]
    if known:
        return known[0]
    beside = sum(1 for name, text in row.items() if name != column and REPEAT.fullmatch(_plain(name)) and text.strip())
    if beside > 1:
        return beside
    others = [(_plain(name), text) for name, text in row.items() if name != column and text.strip()]
    return 2 if any(SPREAD.search(text) or _deviates(name, text) for name, text in others) else 1


def _deviates(name: str, text: str) -> bool:
    """Whether a cell holds the deviation or the interval of a mean."""
    return bool(DEVIATION.fullmatch(name)) and bool(re.search(r"[1-9]", text))


def _seeds(arms: Arms) -> Iterable[Finding]:
    """ABL308: the same seed counted twice in an arm."""
    head = next(iter(arms.values()))[0][1]
    word = next((c for c in head if _plain(c) in SEED_WORDS), None)
    if word is None:
        return
    for name, mine in arms.items():
        seen: set[str] = set()
        for line, row in mine:
            if row[word] and row[word] in seen and _kind(row) != "tune":
                yield Finding(
                    "ABL308",
                    f"row {line}",
                    f"{name} counts seed {row[word]} twice",
                    "repeat it with a seed of its own",
                )
            seen.add(row[word])


def _parameters(arms: Arms, base: str | None) -> Iterable[Finding]:
    """ABL202: an arm has more parameters than the baseline, or than the first arm that tells."""
    sizes: dict[str, tuple[int, float]] = {}
    for name, mine in arms.items():
        line, row = mine[0]
        text = next((row[c] for c in row if SIZE_WORDS.fullmatch(_plain(c))), "")
        size = _amount(text)
        if size is not None and size > 0:
            sizes[name] = (line, size)
    if not sizes:
        return
    first = base if base in sizes else next(iter(sizes))
    for name, (line, size) in sizes.items():
        if size > sizes[first][1] * ALIKE:
            yield Finding(
                "ABL202",
                f"row {line}",
                f"{name} has {size / sizes[first][1]:.2f} times the parameters of {first}",
                "match the parameters, or add a control of that size",
            )


def _tuning(arms: Arms, base: str | None) -> Iterable[Finding]:
    """ABL201: an arm was tuned less than the baseline, or nothing tells that any was."""
    if len(arms) < 2:
        return
    trials = {name: _trials(mine) for name, mine in arms.items()}
    said = {name: _said_tuned(mine) for name, mine in arms.items()}
    wanted = trials.get(base) if base is not None else max((n for n in trials.values() if n is not None), default=None)
    told = False
    for name, mine in arms.items():
        n = trials[name]
        if name != base and said[name] is False:
            told = True
            why = f"{name} was not tuned"
        elif name != base and wanted is not None and n is not None and n < wanted:
            told = True
            why = f"{name} was tuned with {n} trials, the baseline with {wanted}"
        else:
            continue
        yield Finding("ABL201", f"row {mine[0][0]}", why, "give every arm as many trials as the baseline")
    knows = any(n is not None for n in trials.values()) or any(s is not None for s in said.values())
    if not told and not knows:
        yield Finding(
            "ABL201",
            "head",
            f"nothing says that the {len(arms)} arms were tuned, each by itself",
            "add a column `trials`, or tune each arm with as many trials as the baseline",
        )


def _trials(mine: Sequence[tuple[int, Row]]) -> int | None:
    """Tuning trials of an arm: counted, in a column, or as different learning rates; None where nothing tells."""
    counted = sum(1 for _, row in mine if _kind(row) == "tune")
    if counted:
        return counted
    for _, row in mine:
        for name, text in row.items():
            if _plain(name) in TRIAL_WORDS and (n := count(text)) is not None:
                return n
    rates = {row[c].strip() for _, row in mine for c in row if _plain(c) in {"lr", "learning_rate"} and row[c].strip()}
    return len(rates) if len(rates) > 1 else None


def _said_tuned(mine: Sequence[tuple[int, Row]]) -> bool | None:
    for _, row in mine:
        for name, text in row.items():
            if _plain(name) in TUNED_WORDS:
                word = text.strip().lower()
                return False if word in NO else True if word in YES else None
    return None


def _several(arms: Arms, base: str | None, column: str) -> Iterable[Finding]:
    """ABL203: an arm differs from the baseline in more than one idea."""
    flags = _flags(arms)
    for name, mine in arms.items():
        line, row = mine[0]
        if name == base:
            continue
        changes = [
            part
            for c, text in row.items()
            if _plain(c) in CHANGE_WORDS and text.strip()
            for part in LISTED.split(text.strip().strip("+- "))
            if part
        ]
        if len(changes) < 2 and flags and base is not None:
            origin = arms[base][0][1]
            changes = [c for c in flags if row[c].strip().lower() != origin[c].strip().lower()]
        if len(changes) < 2 and column in row:
            changes = _named(row[column]) or changes
        if len(changes) > 1:
            yield Finding(
                "ABL203",
                f"row {line}",
                f"{name} changes {len(changes)} things at once: {', '.join(c.strip() for c in changes[:3])}",
                "add an arm for each of them alone",
            )


def _flags(arms: Arms) -> list[str]:
    """Columns that say of every arm whether it has an idea."""
    rows = [row for mine in arms.values() for _, row in mine]
    out = []
    for c in rows[0]:
        words = {row[c].strip().lower() for row in rows}
        if len(words) > 1 and words <= NO | YES and words & NO and words & YES and _plain(c) not in TUNED_WORDS:
            out.append(c)
    return out


def _named(name: str) -> list[str]:
    """What an arm's name takes out and puts in, where that is more than one thing."""
    starts = [m.start() for m in SIGNS.finditer(name)]
    if not starts:
        return []
    pieces = [name[a:b].strip() for a, b in zip(starts, [*starts[1:], len(name)], strict=True)]
    parts = [p for piece in pieces for p in LISTED.split(piece.lstrip("+−–- ")) if p.strip()]
    return parts if len(parts) > 1 else []


def _claims(arms: Arms, column: str) -> Iterable[Finding]:
    """ABL306: "no effect" without a test of equivalence; ABL309: many p-values without a correction."""
    rows = sorted((pair for mine in arms.values() for pair in mine), key=lambda pair: pair[0])
    names = [_plain(c) for c in rows[0][1]]
    if not any(EQUIVALENCE.search(n) for n in names):
        for line, row in rows:
            said = next((text for c, text in row.items() if c != column and SAME.search(text.lower())), None)
            if said is not None:
                yield Finding(
                    "ABL306",
                    f"row {line}",
                    f"{_arm_of(row, column)} is said to have no effect, and no test of equivalence is shown",
                    "show that the interval lies within the smallest effect that matters",
                )
                break
    tested = [c for c in rows[0][1] if P_WORDS.fullmatch(_plain(c))]
    if tested and len(arms) - 1 >= MANY and not any(ADJUSTED.search(n) for n in names):
        yield Finding(
            "ABL309",
            "head",
            f"{len(arms) - 1} arms are tested, and no column says that {tested[0]} is corrected for it",
            "correct by Holm's method, and say so in the column's name",
        )


def _kind(row: Row) -> str:
    """`tune` or `confirm`, from a column or the letter of a run id."""
    for name, text in row.items():
        if _plain(name) == "kind":
            return text.strip().lower() or "confirm"
    run = next((text for name, text in row.items() if _plain(name) == "run"), "")
    return "tune" if run.count("/") >= 2 and re.fullmatch(r"t\d+", run.rpartition("/")[2]) else "confirm"


def _planned(row: Row) -> bool:
    """A run that was not made yet, in the columns of `plan --runs-csv`."""
    return next((text.strip().lower() for name, text in row.items() if _plain(name) == "status"), "") == "planned"


def _step_of(row: Row) -> str:
    """The step of a run id `STEP/ARM/s1`; nothing where the table knows no steps."""
    run = next((text for name, text in row.items() if _plain(name) == "run"), "")
    return run.partition("/")[0] if run.count("/") >= 2 else ""


def _column(row: Row, words: Sequence[str]) -> str | None:
    """The column that one of the words names, in any case and with any blanks; the earliest word wins."""
    plain = {_plain(c): c for c in reversed(list(row))}
    return next((plain[w] for w in words if w in plain), None)


def _arm_of(row: Row, column: str) -> str:
    """The arm's name; of a run id `STEP/ARM/s1` the part without the seed, so that steps stay apart."""
    run = next((text for name, text in row.items() if _plain(name) == "run"), "")
    return run.rpartition("/")[0] if run.count("/") >= 2 else row[column]


def _is_base(name: str) -> bool:
    return any(re.search(rf"(?<![a-z]){word}", name.lower()) for word in BASE_WORDS)


def _plain(column: str) -> str:
    """A column's name in lower case with `_` between its words."""
    return re.sub(r"[\s_-]+", "_", column.strip().lower()).strip("_#.")


def _amount(text: str) -> float | None:
    """A number of parameters: `12M`, `1.3 B`, `1,234,567`; None where it is none."""
    found = re.fullmatch(r"~?\s*([0-9][0-9_ ]*(?:[.,][0-9]+)*)\s*([kmbg]?)", text.strip().lower())
    if found is None:
        return None
    figure = found[1].replace("_", "").replace(" ", "")
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", figure):
        figure = figure.replace(",", "")
    try:
        number = float(figure.replace(",", "."))
    except ValueError:
        return None
    return number * {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9}[found[2]]


def count(text: str | None) -> int | None:
    """The whole number in a cell; None where it holds none."""
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def by_code_and_row(found: Finding) -> tuple[str, int, str]:
    """The order in which findings on a table are told."""
    number = found.place.rpartition(" ")[2]
    return found.code, int(number) if number.isdigit() else 0, found.sentence
