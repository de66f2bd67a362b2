"""Random valid studies that a plan can be made of: relations of all kinds, slots at sites, evidence, decisions."""

from typing import Any

from hypothesis import strategies as st

from ablator.core.edits import ENDS, SYMMETRIC
from ablator.core.elements import (
    Alternative,
    Challenger,
    Decision,
    Element,
    Evidence,
    Info,
    Range,
    Relation,
    TwoLayerMlp,
)
from ablator.core.lanes import LANE_OF_KIND
from ablator.core.queries import requirement_cycle
from ablator.core.study import Study, site_of, study_from
from ablator.plan.changes import EVENTS
from ablator.plan.types import step_id

KINDS = ("idea", "idea", "idea", "factor", "factor", "factor", "instrument", "claim", "phenomenon")
SLOTS = ("token_mixing", "normalization", "channel_mixing")
SETTLED = ("fine", "fixed", "unlikely", "critical", "replaceable", "redundant", "harmful")
DAYS = tuple(f"2026-01-{day:02d}T00:00:00Z" for day in range(1, 29))

shares = st.floats(0.0005, 0.2).map(lambda x: float(f"{x:.3g}"))
costs = st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.5, 1.0, 1.6, 3.0, 12.0])
minutes = st.sampled_from([0.0, 2.0, 15.0, 30.0, 60.0, 240.0])
ranges = st.sampled_from(
    [
        None,
        Range(scale="log", low=1e-6, high=1.0, span=100.0, points=8),
        Range(scale="linear", low=0.0, high=0.5, points=4),
        Range(choices=("cosine", "linear", "constant"), points=3),
        Range(scale="log", low=0.25, high=4.0, unit="multiple of the present value", points=3),
    ]
)
procedures = st.sampled_from(["sweep", "inspect", "unit-check", "full-run", ""])


def element(element_id: str, kind: str, **more: Any) -> Element:
    """An element on the lane of its kind."""
    return Element(id=element_id, lane=LANE_OF_KIND[kind], kind=kind, **more)  # type: ignore[index,arg-type]


@st.composite
def ideas(draw: st.DrawFn, element_id: str, others: tuple[str, ...]) -> Element:
    """An idea, possibly in a slot, with alternatives that the study or only the library knows."""
    alternatives = []
    for to in draw(st.lists(st.sampled_from((*others, "elsewhere", "two words")), max_size=3, unique=True)):
        kind = draw(st.sampled_from(["replace", "replace", "remove", "resize"]))
        named = "" if " " in to else to.title()
        alternatives.append(Alternative(to=to, kind=kind, name=named, overrides=draw(settings)))
    size = draw(st.none() | st.integers(1, 64))
    return element(
        element_id,
        "idea",
        name=draw(st.sampled_from(["", "A name", "Noms, «divers»"])),
        present=draw(st.sampled_from([True, True, True, False, None])),
        slot=draw(st.none() | st.sampled_from(SLOTS)),
        value=draw(st.sampled_from([None, True, size])),
        keys=draw(st.sampled_from([(), (f"key_{element_id.replace('/', '_')}",)])),
        parameters=draw(st.none() | st.integers(0, 10**8)),
        blocks=draw(st.none() | st.integers(1, 48)),
        sizes=draw(st.sampled_from([{}, {"inputs": 64, "hidden": 256}, {"inputs": 64, "heads": 4, "head_dim": 16}])),
        prior=draw(shares),
        cost_runs=draw(costs),
        minutes=draw(minutes),
        alternatives=tuple(alternatives),
        mlp=draw(st.none() | st.just(TwoLayerMlp("in the same place"))),
    )


settings = st.dictionaries(st.sampled_from(["hidden_act", "n_layer"]), st.sampled_from(["relu", 2, 0.5]), max_size=1)


@st.composite
def others(draw: st.DrawFn, element_id: str, kind: str) -> Element:
    """Anything but an idea."""
    if kind == "phenomenon":
        return element(element_id, kind)
    if kind == "claim":
        rivals = (Challenger("it is something else", "A paper", 2020),) if draw(st.booleans()) else ()
        return element(
            element_id,
            kind,
            prior=draw(shares),
            cost_runs=draw(costs),
            challengers=rivals,
            decisive=draw(st.sampled_from(["", "the loss on long inputs"])),
        )
    value = draw(st.sampled_from([None, 0.001, 0.1, 16, "cosine"]))
    return element(
        element_id,
        kind,
        value=value,
        status="unknown" if value is None else draw(st.sampled_from(["read", "default"])),
        keys=draw(st.sampled_from([(), (element_id.replace("-", "_"),)])),
        prior=draw(shares),
        cost_runs=draw(costs),
        minutes=draw(minutes),
        procedure=draw(procedures),
        range=draw(ranges),
    )


infos = st.builds(
    Info,
    name=st.just("Any study"),
    metric=st.sampled_from(["", "accuracy"]),
    goal=st.sampled_from(["min", "max"]),
    baseline=st.none() | st.just(70.0),
    effect=st.sampled_from([None, 0.5, "1%"]),
    noise=st.sampled_from([None, 0.3, "0.5%"]),
    hours_per_run=st.sampled_from([None, 0.5, 8.0]),
    budget=st.sampled_from([None, 0.0, 5.0, 100.0]),
    epsilon=st.sampled_from([0.0, 0.1, 0.1, 0.5, 0.9]),
    design=st.sampled_from(["one-at-a-time", "one-at-a-time", "ladder"]),
    matching=st.sampled_from(["library", "none", "parameters", "flops"]),
    by_layer=st.booleans(),
    parameters=st.sampled_from([None, 10**6, 10**9]),
)


@st.composite
def studies(draw: st.DrawFn, largest: int = 12, decided: bool = True) -> Study:
    """A study that keeps every law of the document; with `decided`, decisions and evidence may stand in it."""
    sites = draw(st.sampled_from([("",), ("",), ("encoder/", "decoder/")]))
    names: list[tuple[str, str]] = []
    for i in range(draw(st.integers(0, largest))):
        kind = draw(st.sampled_from(KINDS))
        names.append((f"{draw(st.sampled_from(sites)) if kind == 'idea' else ''}{kind}-{i}", kind))
    if draw(st.booleans()):
        names += [("noise-floor", "instrument"), ("learning-rate", "factor")]
    idea_ids = tuple(n for n, k in names if k == "idea")
    rows = [draw(ideas(n, idea_ids) if k == "idea" else others(n, k)) for n, k in names]
    study = study_from(draw(infos), rows, draw(relations(rows)))
    if not decided:
        return study
    return study_from(study.info, rows, study.relations.values(), draw(evidences(rows)), draw(decisions(rows)))


@st.composite
def relations(draw: st.DrawFn, rows: list[Element]) -> list[Relation]:
    """Relations of every kind, without circles of `requires` and `needs`."""
    found: dict[str, Relation] = {}
    for _ in range(draw(st.integers(0, 3 * len(rows)))):
        kind = draw(st.sampled_from(sorted(ENDS)))
        froms, tos = ENDS[kind]
        a = draw(st.sampled_from(rows))
        b = draw(st.sampled_from(rows))
        if a.kind not in froms or b.kind not in tos or a.id == b.id:
            continue
        if kind in {"requires", "excludes"} and site_of(a.id) != site_of(b.id):
            continue
        source, target = sorted((a.id, b.id)) if kind in SYMMETRIC else (a.id, b.id)
        group = draw(st.sampled_from(["", "", "any1", "any2"])) if kind == "requires" else ""
        edge = Relation(source=source, target=target, kind=kind, group=group)  # type: ignore[arg-type]
        tried = study_from(Info(), rows, [*found.values(), edge])
        if kind in {"requires", "needs"} and requirement_cycle(tried, kind):
            continue
        if kind in {"requires", "excludes"} and any(
            {r.source, r.target} == {source, target} and r.kind in {"requires", "excludes"} for r in found.values()
        ):
            continue
        found[edge.id] = edge
    return list(found.values())


@st.composite
def evidences(draw: st.DrawFn, rows: list[Element]) -> list[Evidence]:
    """Symptoms that speak for and against elements, and changes of elements."""
    keys = [e.id for e in rows if e.kind != "phenomenon"]
    if not keys:
        return []
    out = []
    for i in range(draw(st.integers(0, 2))):
        ratios = draw(st.dictionaries(st.sampled_from(keys), st.sampled_from([0.01, 0.2, 3.0, 40.0]), max_size=6))
        out.append(Evidence(id=f"symptom-{i}", kind="symptom", name=f"symptom {i}", value=ratios, source="log"))
    if draw(st.booleans()):
        key = draw(st.sampled_from(keys))
        out.append(Evidence(id="fact-1", kind="fact", name="changed", element=key, date=draw(st.sampled_from(DAYS))))
    if draw(st.sampled_from([False, False, True])):
        event = draw(st.sampled_from(sorted(EVENTS)))
        out.append(Evidence(id="fact-2", kind="fact", name="changed", value=event, date=draw(st.sampled_from(DAYS))))
    return out


@st.composite
def decisions(draw: st.DrawFn, rows: list[Element]) -> list[Decision]:
    """Verdicts and waivers on steps of any action; those that name no step of the plan must not disturb it."""
    keys = [e.id for e in rows if e.kind != "phenomenon"]
    if not keys:
        return []
    out = []
    actions = {"idea": ["remove", "replace", "resize"], "claim": ["challenge"]}
    by_id = {e.id: e for e in rows}
    for i in range(draw(st.integers(0, 5))):
        key = draw(st.sampled_from(keys))
        action = draw(st.sampled_from(actions.get(by_id[key].kind, ["verify", "tune", "scale"])))
        kind = draw(st.sampled_from(["verdict", "verdict", "waiver"]))
        verdict = draw(st.sampled_from((*SETTLED, "undecided"))) if kind == "verdict" else None
        out.append(
            Decision(
                id=f"d-{i}",
                kind=kind,
                step=step_id(action, key),
                element=key,
                verdict=verdict,  # type: ignore[arg-type]
                reason="because",
                author="someone",
                date=draw(st.sampled_from(DAYS)),
            )
        )
    for i in range(draw(st.sampled_from([0, 0, 1, 2]))):
        out.append(draw(wishes(f"d-{90 + i}", keys, by_id)))
    return out


@st.composite
def wishes(draw: st.DrawFn, row: str, keys: list[str], by_id: dict[str, Element]) -> Decision:
    """A pin or a move, to a place that the laws may allow or not."""
    actions = {"idea": ["remove", "replace", "resize"], "claim": ["challenge"]}

    def step() -> str:
        key = draw(st.sampled_from(keys))
        return step_id(draw(st.sampled_from(actions.get(by_id[key].kind, ["verify", "tune", "scale"]))), key)

    where = draw(st.sampled_from(["first", "before", "after"]))
    return Decision(
        id=row,
        kind="pin" if where == "first" else "move",
        step=step(),
        value={"where": where} if where == "first" else {"where": where, "step": step()},
        reason="we have the data open",
        author="someone",
        date=draw(st.sampled_from(DAYS)),
    )
