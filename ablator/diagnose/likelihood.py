"""What the evidence of a study says about each element, as likelihood ratios with a sentence each."""

import math
from collections.abc import Mapping

import msgspec

from ablator.core.elements import MINUTES_PER_RUN, Element, Evidence
from ablator.core.study import Study
from ablator.diagnose.evidence import NOT_APPLICABLE, SHARES

Term = tuple[float, str]
"""(likelihood ratio, the sentence that explains it)."""

OUT_OF_RANGE = 3.0
"""A setting outside the usual range of its factor makes it this much likelier (judged)."""

TOLD = frozenset({"rate", "decay", "regular", "settings"})
"""Clusters of symptoms that are themselves about a setting: what they say of it is not said again."""

BESIDE = 0.7
"""Within one cluster the second strongest symptom counts this much, the third this much of that (judged)."""

FARTHEST = 60.0
"""Logarithms of ratios count up to here: what is more extreme leaves the range of numbers."""

ALIKE = 3.0
"""Two leading culprits whose posteriors differ by less than this factor, on the same symptom, are told apart by no
log (judged)."""


class _Row(msgspec.Struct, frozen=True):
    """One piece of evidence on one element: log ratio per mode (`` for an element without modes)."""

    cluster: str
    sentence: str
    logs: dict[str, float]
    seen: bool


def likelihoods(study: Study) -> Mapping[str, list[Term]]:
    """Per element the terms that what was seen contributes; elements on which nothing speaks are left out.

    The product of an element's terms is its likelihood ratio: over the directions in which a factor can fail, the
    mean of the products of that direction's ratios, where symptoms of one cluster do not count in full beside each
    other. So a term is what its row adds to the rows before it, the strongest first.
    """
    shares = _shares(study)
    rows = _rows(study)
    out: dict[str, list[Term]] = {}
    for key in sorted(study.elements):
        terms = _terms(rows.get(key, []), shares.get(key, {"": 1.0}))
        limit = _range_term(study.elements[key])
        if limit and not any(r.cluster in TOLD and r.seen for r in rows.get(key, [])):
            terms.append(limit)
        if terms:
            out[key] = terms
    _tell_apart(study, rows, out)
    return out


def _shares(study: Study) -> dict[str, dict[str, float]]:
    row = study.evidence.get(SHARES)
    value = row.value if row is not None else None
    out: dict[str, dict[str, float]] = {}
    for key, modes in value.items() if isinstance(value, dict) else ():
        known = {m: float(s) for m, s in modes.items() if _positive(s)} if isinstance(modes, dict) else {}
        total = sum(known.values())
        if total > 0:
            out[key] = {m: s / total for m, s in sorted(known.items())}
    return out


def _rows(study: Study) -> dict[str, list[_Row]]:
    out: dict[str, list[_Row]] = {}
    for eid in sorted(study.evidence):
        row = study.evidence[eid]
        if not isinstance(row.value, dict) or not (row.kind == "symptom" or row.name == NOT_APPLICABLE):
            continue
        seen, sentence = row.strength is None or row.strength > 0, _sentence(row)
        for key, value in row.value.items():
            modes = value if isinstance(value, dict) else {"": value}
            logs = {m: max(-FARTHEST, min(FARTHEST, math.log(r))) for m, r in modes.items() if _positive(r)}
            if key in study.elements and logs:
                out.setdefault(key, []).append(_Row(row.cluster or eid, sentence, logs, seen))
    return out


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _sentence(row: Evidence) -> str:
    if row.kind == "fact":
        return row.note or row.name
    words = row.note or row.name.replace("-", " ") or row.id
    if row.strength is None or row.strength > 0:
        return f"because {words[:1].lower()}{words[1:]}"
    return f"not seen: {words[:1].lower()}{words[1:]}"


def _terms(rows: list[_Row], shares: Mapping[str, float]) -> list[Term]:
    """Rows as factors whose product is the ratio of the whole, strongest first."""

    def alone(row: _Row) -> float:
        return math.log(sum(s * math.exp(_log(row, m)) for m, s in shares.items()))

    terms: list[Term] = []
    logs: dict[str, dict[str, list[float]]] = {m: {} for m in shares}
    before = 0.0
    for row in sorted(rows, key=lambda r: (-abs(alone(r)), r.sentence)):
        for mode, clusters in logs.items():
            clusters.setdefault(row.cluster, []).append(_log(row, mode))
        whole = {m: sum(_damped(c) for c in clusters.values()) for m, clusters in logs.items()}
        top = max(whole.values())
        after = top + math.log(sum(s * math.exp(whole[m] - top) for m, s in shares.items()))
        terms.append((math.exp(max(-FARTHEST, min(FARTHEST, after - before))), row.sentence))
        before = after
    return terms


def _log(row: _Row, mode: str) -> float:
    return row.logs.get(mode, row.logs.get("", 0.0))


def _damped(logs: list[float]) -> float:
    """Sum of log ratios of one cluster, those of one sign with falling weights."""
    total = 0.0
    for sign in (1.0, -1.0):
        own = sorted((abs(v) for v in logs if v * sign > 0), reverse=True)
        total += sign * sum(v * BESIDE**i for i, v in enumerate(own))
    return total


def _range_term(element: Element) -> Term | None:
    """A setting outside the sane bounds of its factor; 0 switches most of them off, which other
    symptoms judge, and a share (of the run, of the data) is no count."""
    span, value = element.range, element.value
    if (
        span is None
        or span.unit.startswith("multiple of")
        or isinstance(value, bool)
        or not isinstance(value, int | float)
        or value == 0
        or (span.low is not None and span.low >= 1 and 0 < value < 1)
    ):
        return None
    if span.low is not None and value < span.low:
        return OUT_OF_RANGE, f"{value:g} lies below the usual range from {span.low:g}"
    if span.high is not None and value > span.high:
        return OUT_OF_RANGE, f"{value:g} lies above the usual range up to {span.high:g}"
    return None


def _tell_apart(study: Study, rows: Mapping[str, list[_Row]], terms: dict[str, list[Term]]) -> None:
    """Where the two leading culprits rest on the same symptom, say which inspection tells them apart."""
    weight = {k: math.log(max(study.elements[k].prior, 1e-6)) + sum(math.log(t[0]) for t in terms[k]) for k in terms}
    ranked = sorted(weight, key=lambda k: (-weight[k], k))[:2]
    if len(ranked) < 2 or weight[ranked[0]] - weight[ranked[1]] > math.log(ALIKE):
        return
    first = [{r.sentence for r in rows.get(k, []) if r.seen} for k in ranked]
    strongest = [next(iter(terms[k]), (1.0, "")) for k in ranked]
    if strongest[0][1] != strongest[1][1] or strongest[0][1] not in first[0] & first[1]:
        return
    cheap = min(ranked, key=lambda k: (study.elements[k].cost_runs + study.elements[k].minutes / MINUTES_PER_RUN, k))
    e = study.elements[cheap]
    for key, other in (ranked, ranked[::-1]):
        name = study.elements[other].name or other
        more = f"; this does not tell it from {name}, the check of {e.name or cheap} does"
        terms[key][0] = (terms[key][0][0], terms[key][0][1] + more)
