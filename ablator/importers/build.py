"""One study from several artefacts: ideas of models, values of factors from settings, and where logs end."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ablator.core.elements import Artefact, Element, Evidence, Info, Json
from ablator.core.errors import AblatorError, BadInput
from ablator.core.study import Study, study_from
from ablator.diagnose.diagnosis import diagnosis
from ablator.diagnose.evidence import symptom_rows
from ablator.diagnose.many import Result, group_symptoms
from ablator.importers.found import Found, FoundIdea, Reading, Trial
from ablator.importers.graph_kinds import mapped_table, mapped_tables
from ablator.importers.graph_study import Parts, parts_of, with_parts
from ablator.importers.joining import NUMBERS, across, against, as_length, by_authority, length_of, merged_ideas, told
from ablator.importers.metric import choice_told, goal_of, goal_told, metric_of, value_at_end
from ablator.importers.phenomena import phenomenon_of
from ablator.importers.runs import joined, one_run
from ablator.importers.setting_names import rank_of, tells_value
from ablator.importers.sources import FOLDER, closest, read_source
from ablator.library import library
from ablator.library.elements import (
    claim_element,
    factor_element,
    idea_element,
    phenomenon_element,
    relations_for,
    twins,
)

ASKED = ("learning-rate", "batch-size", "training-length", "warmup", "lr-schedule", "optimizer-choice", "weight-decay")
"""Factors whose missing value a study names among what is unknown."""

TOGETHER = frozenset({"dropout"})
"""Factors whose parameters are changed together where they have the same value."""

VALUELESS = frozenset(
    {
        "seeds",
        "noise-floor",
        "paired-comparison",
        "variance-sources",
        "determinism",
        "capacity",
        "hyperparameter-transfer",
    }
)
"""Factors that a seed, or a size of the model, belongs to, but whose value it is not."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the person says about the study, as the options of `ablator new`; effect and noise may read `1.5%`."""

    name: str = ""
    metric: str = ""
    goal: Literal["min", "max"] | None = None
    baseline: float | None = None
    target: float | None = None
    effect: float | str | None = None
    noise: float | str | None = None
    hours_per_run: float | None = None
    budget: float | None = None
    symptoms: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    """Columns of tables of elements or relations, each with the field that it stands for."""
    tables: dict[str, tuple[tuple[str, str], ...]] = {}
    """The same for single sources, by their names as handed in."""


class Built(msgspec.Struct, frozen=True):
    """The study, what each artefact told, and the sources that could not be read."""

    study: Study
    readings: tuple[Reading, ...] = ()
    problems: tuple[AblatorError, ...] = ()
    told: tuple[str, ...] = ()
    """How graphs were understood, as sentences for people."""


def study_from_files(sources: Sequence[str | Path], options: Options) -> Built:
    """Build one study from everything handed in; what cannot be read is among the problems and left out.

    Raises BadInput for a symptom that the library does not know and columns that do not fit. The same input
    gives the same study.
    """
    for symptom in options.symptoms:
        if symptom not in library().symptoms:
            mend = closest(symptom, library().symptoms)
            raise BadInput(f"the library has no symptom {symptom!r}", place="--symptom", mend=mend)
    readings: list[Reading] = []
    problems: list[AblatorError] = []
    mapped = mapped_tables([str(s) for s in sources], dict(options.columns)) if options.columns else {}
    for source in sources:
        try:
            if str(source) in options.tables:
                mapped[str(source)] = mapped_table(str(source), dict(options.tables[str(source)]))
            readings += [mapped[str(source)]] if str(source) in mapped else read_source(str(source))
        except AblatorError as wrong:
            problems.append(wrong)
    readings = across(one_run(readings))
    graphs = None
    try:
        graphs = parts_of([r.graph for r in readings if r.graph is not None])
    except BadInput as wrong:
        problems.append(wrong)
    study = study_of(readings, options, [str(s) for s in sources], graphs)
    return Built(study, tuple(readings), tuple(problems), graphs.told if graphs is not None else ())


def study_of(
    readings: Sequence[Reading], options: Options, sources: Sequence[str] = (), graphs: Parts | None = None
) -> Study:
    """The study that readings, options and graphs make."""
    ideas = merged_ideas(readings)
    ranked = by_authority(readings)
    facts = [f for role in ("settings", "model", "results") for r in ranked if r.role == role for f in r.found]
    parameters = _total(readings)
    elements: dict[str, Element] = {e.id: e for e in _factors(facts, [f for r in readings for f in as_length(r)])}
    for idea in ideas:
        _add_idea(elements, idea, parameters)
    if not ideas and not (graphs and any(e.kind == "idea" for e in graphs.elements.values())):
        _add_generic(elements)
    family = next((r.family for r in readings if r.family), "")
    phenomenon = phenomenon_element(*phenomenon_of(family, {i.idea for i in ideas if i.present}))
    elements[phenomenon.id] = phenomenon
    for claim in _claims(ideas):
        elements[claim.id] = claim
    info = _info(readings, options, sources, elements, family, parameters)
    evidence = [*_fact_rows(readings), *_symptom_rows(readings, options, elements, info.metric)]
    if graphs and graphs.elements:
        said = {k: v for k in msgspec.structs.asdict(options) if k != "symptoms" and (v := getattr(options, k))}
        alone = all(r.graph is not None for r in readings)
        info, elements, relations = with_parts(graphs, info, said, elements, alone)
        return study_from(info, elements.values(), relations, evidence)
    return study_from(info, elements.values(), relations_for(elements.values()), evidence)


def _factors(facts: Sequence[Found], logged: Sequence[Found]) -> Iterable[Element]:
    """All factors and instruments of the library, with the values that the settings give."""
    by_factor: dict[str, list[Found]] = {}
    for fact in facts:
        by_factor.setdefault(fact.fact, []).append(fact)
    for factor in sorted(library().factors):
        rows = by_factor.get(factor, [])
        telling = told([f for f in rows if tells_value(factor, f.key)])
        if factor == "training-length":
            telling = length_of([f for f in rows if tells_value(factor, f.key)], logged)
        if not telling or factor in VALUELESS:
            yield factor_element(factor, keys=tuple(f.key for f in rows[:1]))
            continue
        first = _primary(factor, telling)
        same = [f.key for f in rows if factor in TOGETHER and f.value == first.value]
        element = factor_element(
            factor,
            status=first.status,
            value=first.value,
            from_=tuple(dict.fromkeys(f"{f.file}: {f.key}" for f in (first, *rows)))[:8],
            keys=tuple(dict.fromkeys((first.key, *same))),
        )
        yield msgspec.structs.replace(element, unit=first.unit) if first.unit else element


def _primary(factor: str, rows: Sequence[Found]) -> Found:
    """The parameter that tells a factor's value: what is switched on, then the usual spelling, then the first file."""
    order = {id(f): n for n, f in enumerate(rows)}
    counted = factor in {"training-length", "warmup", "batch-size", "learning-rate"}

    def rank(fact: Found) -> tuple[bool, tuple[int, int], int]:
        number = isinstance(fact.value, int | float) and not isinstance(fact.value, bool)
        off = fact.value is False or (counted and not (number and fact.value > 0))
        return off, rank_of(fact.key), order[id(fact)]

    return min(rows, key=rank)


def _add_idea(elements: dict[str, Element], idea: FoundIdea, total: int | None) -> None:
    factor = twins().get(idea.idea)
    if factor is not None:
        known = elements[factor]
        if known.value is None and known.status == "unknown":
            elements[factor] = factor_element(
                factor, status=idea.status, value=idea.value, from_=idea.from_, keys=idea.keys
            )
        return
    share = idea.parameters / total if idea.parameters and total and idea.parameters <= total else None
    element = idea_element(
        idea.idea,
        site=idea.site,
        status=idea.status,
        present=idea.present,
        value=_plain(idea.value),
        from_=idea.from_,
        parameters=idea.parameters,
        parameter_share=None if share is None else round(share, 6),
        blocks=idea.blocks,
        keys=idea.keys,
        sizes=idea.sizes,
    )
    elements.setdefault(element.id, element)


def _add_generic(elements: dict[str, Element]) -> None:
    """Without a model the library's usual ideas and claims stand in the study as open questions."""
    for culprit in library().culprits:
        kind, _, key = culprit.partition(":")
        if kind == "idea":
            element = idea_element(key, status="unknown", present=None)
        else:
            element = msgspec.structs.replace(claim_element(key, status="unknown"), present=None)
        elements.setdefault(element.id, element)


def _claims(ideas: Sequence[FoundIdea]) -> Iterable[Element]:
    """The claims that the model's ideas instantiate, and those that at least two of its ideas bear on.

    An idea shared by many models (softmax attention) does not by itself bring in what only some of them claim, and the
    claim of an empty slot is none of this model's.
    """
    rows = library().ideas
    here = {i.idea for i in ideas if i.present is not False and i.idea in rows}
    own = {rows[i].claim for i in here if not rows[i].is_slot}
    named = {row.claim for row in rows.values()}
    for key, claim in library().claims.items():
        near = here & set(claim.ideas)
        if key in own or len(near) > 1 or (near and key not in named and claim.level == "perception"):
            yield claim_element(key)


def _total(readings: Sequence[Reading]) -> int | None:
    totals = [r.parameters for r in readings if r.role == "model" and r.parameters]
    return max(totals, default=None)


def _info(
    readings: Sequence[Reading],
    options: Options,
    sources: Sequence[str],
    elements: Mapping[str, Element],
    family: str,
    parameters: int | None,
) -> Info:
    metric = options.metric or metric_of(readings)
    unknown = dict.fromkeys(line for r in readings if r.role != FOLDER for line in r.unknown)
    if not any(r.role == "model" for r in readings):
        unknown["model"] = None
    for key in ASKED:
        if elements[key].value is None:
            unknown[elements[key].name] = None
    for line in (c for r in readings for c in r.contradictions):
        unknown[f"contradiction: {line}"] = None
    if not options.metric and (line := choice_told(readings, metric)):
        unknown[line] = None
    hours = next((f.value for r in readings for f in r.found if f.fact == "hours_per_run"), None)
    baseline = options.baseline if options.baseline is not None else value_at_end(readings, metric)
    return Info(
        name=options.name or _name(readings, sources),
        family=family,
        model_type=next((r.model_type for r in readings if r.model_type), ""),
        metric=metric,
        goal=options.goal or (goal_told(readings) if not options.metric else None) or goal_of(metric),
        baseline=baseline,
        target=options.target,
        effect=options.effect,
        noise=options.noise,
        hours_per_run=options.hours_per_run if options.hours_per_run is not None else hours,
        budget=options.budget,
        parameters=parameters,
        artefacts=tuple(Artefact(r.file, r.format, r.sha256) for r in readings if r.role != FOLDER),
        unknown=tuple(unknown)[:40],
    )


def _name(readings: Sequence[Reading], sources: Sequence[str]) -> str:
    """Of the template or model where it says so, else the folder or file it came from."""
    named = next((r.name for r in readings if r.name), "")
    if named or not sources:
        return named
    path = Path(sources[0])
    try:
        folder = path.is_dir()
        resolved = path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.stem
    generic = path.stem in {"config", "ideas", "training_args", "args", "hparams", "trainer_state", "settings"}
    word = resolved.name if folder else resolved.parent.name if generic else path.stem
    return "".join(c for c in word if c.isprintable())[:200] or path.stem


def _fact_rows(readings: Sequence[Reading]) -> Iterable[Evidence]:
    """Every known setting and size as an observed fact, under the name its file gives it."""
    taken: set[str] = set()
    for reading in readings:
        for fact in reading.found:
            row = f"fact-{fact.file}-{fact.key}"[:400]
            if row in taken or not isinstance(fact.value, str | int | float | bool):
                continue
            taken.add(row)
            yield Evidence(
                id="".join(c if c.isprintable() else "?" for c in row),
                kind="fact",
                name=fact.key.rpartition(".")[2] or fact.fact,
                value=_plain(fact.value),
                status=fact.status,
                element=fact.fact if fact.fact in library().factors else "",
                source=f"{fact.file}: {fact.key}",
                unit=fact.unit,
            )


def _symptom_rows(
    readings: Sequence[Reading], options: Options, elements: Iterable[str], metric: str
) -> Iterable[Evidence]:
    """What logs, settings and models show, with the curves, and the symptoms that the person ticked."""
    settings = settings_told(readings)
    model: dict[str, Json] = {}
    for reading in readings:
        if reading.role == "model":
            facts = {f.key: f.value for f in reading.found}
            for path, value in {**reading.settings, **facts}.items():
                model.setdefault(path.rpartition(".")[2], value)
    if total := _total(readings):
        model["num_parameters"] = total
    there = tuple(elements)
    rows = diagnosis(
        there,
        logs=joined([r.log for r in readings if r.log is not None]),
        settings=settings,
        model=model,
        ideas={i.idea: i.present for r in readings for i in r.ideas if not i.site},
        said=options.symptoms,
        metric=metric,
    )
    ids = {r.id for r in rows}
    return [*rows, *(r for r in _search_rows(readings, options, there) if r.id not in ids)]


def settings_told(readings: Sequence[Reading]) -> dict[str, Json]:
    """Every setting by its last name; a number of the run that one file tells is not told again by another."""
    out: dict[str, Json] = {}
    first: dict[str, Found] = {}
    for reading in by_authority(readings):
        if reading.role != "settings":
            continue
        facts = {f.key: f for f in reading.found}
        ours: dict[str, Found] = {}
        for path, value in {**reading.settings, **{k: f.value for k, f in facts.items()}}.items():
            fact = facts.get(path)
            if fact is not None and fact.fact in NUMBERS:
                known = first.get(fact.fact)
                if known is not None and (fact.fact == "training-length" or against(known, fact)):
                    continue
                ours.setdefault(fact.fact, fact)
            out.setdefault(path.rpartition(".")[2], value)
        first = {**ours, **first}
    return out


def _search_rows(readings: Sequence[Reading], options: Options, elements: Iterable[str]) -> Iterable[Evidence]:
    """What the trials of searches show together: the best value at an edge, many that diverge."""
    for reading in readings:
        if not reading.trials:
            continue
        goal = options.goal or reading.goal or "min"
        runs = [_result(t, reading.file, goal) for t in reading.trials if t.state == "done"]
        info = Info(metric="", goal="min" if goal == "min" else "max")
        yield from symptom_rows(group_symptoms(runs, info), elements, reading.file)


def _result(trial: Trial, file: str, goal: str) -> Result:
    finite = trial.value is not None and math.isfinite(trial.value)
    score = None if not finite or trial.value is None else -trial.value if goal == "min" else trial.value
    return Result(
        step=file,
        arm="",
        kind="t",
        number=trial.number,
        score=score,
        diverged=trial.value is not None and not finite,
        seed=None,
        settings=trial.settings,
    )


def _plain(value: Json) -> Json:
    """A value that a study file holds: finite, short, without half characters."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**63 else None
    if isinstance(value, str):
        return "".join(c for c in value if c != "\0" and not "\ud800" <= c <= "\udfff")[:500]
    return value
