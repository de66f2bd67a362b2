"""Symptoms as evidence rows that carry their likelihood ratios, so that a study needs no library to be judged."""

import math
from collections.abc import Iterable, Mapping

from ablator.core.elements import Evidence, Json
from ablator.core.study import base_id
from ablator.diagnose.seen import Seen
from ablator.library import library
from ablator.library.types import Factor, Library, Symptom

SHARES = "mode-shares"
"""Name of the fact row that holds how often each factor fails in which direction."""

NOT_APPLICABLE = "not-applicable"
"""Name of the fact row that holds the factors which the settings rule out, each with its ratio."""

FACT_TEMPER = 1.0
"""Settings and configurations are read, not estimated: their likelihoods count in full (the log's are tempered)."""

SURE = 0.5


def symptom_rows(answers: Mapping[str, Seen], elements: Iterable[str], file: str = "") -> list[Evidence]:
    """A row for each symptom that was judged and says anything; absent ones have strength 0."""
    known, there = library(), tuple(sorted(elements))
    rows = []
    for name in sorted(answers):
        answer, symptom = answers[name], known.symptoms.get(name)
        if symptom is None or answer.weight is None:
            continue
        value = ratios(symptom, answer.weight, there)
        present = answer.weight >= SURE
        if not value and not present:
            continue
        rows.append(
            Evidence(
                id=f"symptom-{name}",
                kind="symptom",
                name=name,
                value=value,
                status="inferred",
                source=_source(file, answer),
                strength=round(answer.weight, 4) if present else 0.0,
                cluster=symptom.cluster,
                note=f"{symptom.name}: {answer.says}"[:500],
                marks=tuple((p.series[:200], float(p.step)) for p in answer.points if math.isfinite(p.step)),
            )
        )
    return rows


def said_row(name: str, elements: Iterable[str], author: str = "", date: str = "") -> Evidence:
    """The row of a symptom that a person ticked. Raises KeyError for one that the library does not know."""
    symptom = library().symptoms[name]
    return Evidence(
        id=f"symptom-{name}",
        kind="symptom",
        name=name,
        value=ratios(symptom, 1.0, tuple(sorted(elements))),
        status="added",
        source=f"said by {author}" if author else "seen by a person",
        strength=1.0,
        cluster=symptom.cluster,
        note=symptom.name,
        author=author,
        date=date,
    )


def shares_row(elements: Iterable[str]) -> Evidence:
    """How often each factor of the study fails in which direction (library, judged)."""
    there, known = set(elements), library()
    value = {f.id: {m.id: m.share for m in f.modes} for f in known.factors.values() if f.modes and f.id in there}
    return Evidence(id=SHARES, kind="fact", name=SHARES, value=value, status="default", source="library")


def not_applicable_row(factors: Iterable[str]) -> Evidence:
    """Factors that the settings rule out, each with the ratio that is left to them."""
    left = library().not_applicable
    value = dict.fromkeys(sorted(factors), left)
    return Evidence(
        id=NOT_APPLICABLE,
        kind="fact",
        name=NOT_APPLICABLE,
        value=value,
        status="inferred",
        source="settings",
        note="the settings do not use it",
    )


def ratios(symptom: Symptom, weight: float, elements: tuple[str, ...]) -> dict[str, Json]:
    """Element id → likelihood ratio, or mode → ratio; elements on which the symptom says nothing are left out.

    With P the library's P(symptom | culprit) and P' that of any other culprit, the ratio is P/P' where the symptom is
    present, (1 - P)/(1 - P') where absent, and between them in logarithms where it is half sure; to the temper.
    """
    known = library()
    temper = known.temper if symptom.reads == "log" else FACT_TEMPER
    out: dict[str, Json] = {}
    for culprit in dict.fromkeys(k.partition("/")[0] for k in symptom.likelihood):
        value = _ratio(known, symptom, culprit, weight, temper)
        if value is not None:
            for element in _elements(culprit, elements, known):
                out.setdefault(element, value)
    return dict(sorted(out.items()))


def _ratio(known: Library, symptom: Symptom, culprit: str, weight: float, temper: float) -> Json:
    whole = symptom.likelihood.get(culprit, symptom.other)
    factor: Factor | None = known.factors.get(culprit)
    if factor is None or not factor.modes:
        ratio = _between(whole, symptom.other, weight, temper)
        return None if ratio == 1.0 else ratio
    modes = {
        m.id: _between(symptom.likelihood.get(f"{culprit}/{m.id}", whole), symptom.other, weight, temper)
        for m in factor.modes
    }
    return None if all(r == 1.0 for r in modes.values()) else modes


def _between(p: float, other: float, weight: float, temper: float) -> float:
    if p == other:
        return 1.0
    present, absent = math.log(p / other), math.log((1 - p) / (1 - other))
    return float(f"{math.exp(temper * (weight * present + (1 - weight) * absent)):.4g}")


def _elements(culprit: str, elements: tuple[str, ...], known: Library) -> list[str]:
    """The study's elements for a culprit of the library: at all sites; an absent idea's part is its slot's fillers."""
    wanted = culprit.partition(":")[2] or culprit
    here = [e for e in elements if base_id(e) == wanted]
    twin = next((f for f, idea in known.same_as_idea.items() if idea == wanted and f != "capacity"), None)
    if not here and twin is not None:
        here = [e for e in elements if e == twin]
    idea = known.ideas.get(wanted)
    if here or idea is None or not idea.slot:
        return here
    rows = ((e, known.ideas.get(base_id(e))) for e in elements)
    return [e for e, row in rows if row is not None and row.slot == idea.slot and not row.is_slot]


def _source(file: str, answer: Seen) -> str:
    steps = ", ".join(f"{p.step:g}" for p in answer.points[:4])
    place = f"{answer.place} at step {steps}" if steps and answer.place else answer.place
    return ": ".join(x for x in (file, place) if x)[:400]
