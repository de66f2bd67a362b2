"""Random valid studies: every kind of row, sites, slots, groups, unknown keys, texts from all of Unicode."""

from typing import Any

from hypothesis import strategies as st

from ablator.core.edits import ENDS
from ablator.core.elements import (
    Alternative,
    Artefact,
    Challenger,
    Conflict,
    Decision,
    Element,
    Evidence,
    Info,
    Range,
    Relation,
    Source,
    TwoLayerMlp,
)
from ablator.core.lanes import LANE_OF_KIND
from ablator.core.study import Study, study_from

KINDS = ("idea", "idea", "idea", "claim", "factor", "instrument", "phenomenon")
SLOTS = ("token_mixing", "normalization", "channel_mixing")

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=5)
numbers = st.floats(allow_nan=False, allow_infinity=False)
amounts = st.floats(0, 1e6)
counts = st.integers(0, 10**12)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=3,
)
unknown = st.just({}) | st.dictionaries(texts.map(lambda t: f"x-{t}"), json_values, max_size=2)


@st.composite
def elements(draw: st.DrawFn, element_id: str, kind: str) -> Element:
    """One element with that id and kind; most attributes at their default, as in a real study."""
    some: dict[str, Any] = {}
    if draw(st.booleans()):
        some["alternatives"] = (Alternative(draw(texts), overrides={"a": draw(json_values)}, extra=draw(unknown)),)
        some["range"] = Range(low=draw(numbers), choices=(draw(json_values),), extra=draw(unknown))
        some["sizes"] = {"inputs": draw(counts)}
        some["place"] = (draw(numbers), draw(numbers))
    if kind == "claim" and draw(st.booleans()):
        some["challengers"] = (Challenger(draw(texts), year=draw(counts), extra=draw(unknown)),)
        some["sources"] = (Source(draw(texts), extra=draw(unknown)),)
    if kind == "idea":
        some["present"] = draw(st.sampled_from([True, True, True, False, None]))
        some["slot"] = draw(st.none() | st.sampled_from(SLOTS))
        some["mlp"] = draw(st.none() | st.builds(TwoLayerMlp, how=texts))
    return Element(
        id=element_id,
        lane=LANE_OF_KIND[kind],  # type: ignore[index]
        kind=kind,  # type: ignore[arg-type]
        name=draw(texts),
        status=draw(st.sampled_from(["read", "default", "inferred", "unknown", "added"])),
        value=draw(json_values),
        prior=draw(amounts),
        parameters=draw(st.none() | counts),
        extra=draw(unknown),
        **some,
    )


infos = st.builds(
    Info,
    name=texts,
    metric=texts,
    goal=st.sampled_from(["min", "max"]),
    baseline=st.none() | numbers,
    effect=st.none() | amounts | st.sampled_from(["1.5%", "2 %"]),
    budget=st.none() | amounts,
    epsilon=st.floats(0, 0.99),
    artefacts=st.lists(st.builds(Artefact, name=texts, extra=unknown), max_size=1).map(tuple),
    extra=unknown,
)


@st.composite
def studies(draw: st.DrawFn, largest: int = 6) -> Study:
    """A study that keeps every law: ends exist, requirements and needs run from later to earlier elements."""
    sites = draw(st.sampled_from([("",), ("",), ("encoder/", "decoder/")]))
    rows = []
    for i in range(draw(st.integers(0, largest))):
        kind = draw(st.sampled_from(KINDS))
        site = draw(st.sampled_from(sites)) if kind == "idea" else ""
        rows.append(draw(elements(f"{site}{kind}-{i}", kind)))
    edges = {}
    for _ in range(draw(st.integers(0, 2 * len(rows)))):
        kind = draw(st.sampled_from(sorted(ENDS)))
        froms, tos = ENDS[kind]
        pairs = [(a, b) for j, b in enumerate(rows) for a in rows[j + 1 :] if a.kind in froms and b.kind in tos]
        if not pairs:
            continue
        a, b = draw(st.sampled_from(pairs))
        group = draw(st.sampled_from(["", "", "g1", "g2"])) if kind == "requires" else ""
        source, target = sorted((a.id, b.id)) if kind in {"interacts", "excludes"} else (a.id, b.id)
        edge = Relation(source=source, target=target, kind=kind, group=group, extra=draw(unknown))  # type: ignore[arg-type]
        edges[edge.id] = edge
    evidence = [
        Evidence(id=f"fact-{i}", kind="fact", name=draw(texts), value=draw(json_values), metrics={"m": draw(numbers)})
        for i in range(draw(st.integers(0, 2)))
    ]
    decisions = [
        Decision(id=f"d-{i}", kind="verdict", step="verify-x", verdict="fine", reason=draw(texts), extra=draw(unknown))
        for i in range(draw(st.integers(0, 2)))
    ]
    study = study_from(draw(infos), rows, edges.values(), evidence, decisions)
    conflicts = {
        c.id: c
        for c in [Conflict(id="study/name", kind="edited twice", table="study", attribute="name", other=draw(texts))]
        if draw(st.booleans())
    }
    return Study(
        info=study.info,
        elements=study.elements,
        relations=study.relations,
        evidence=study.evidence,
        decisions=study.decisions,
        conflicts=conflicts,
        extra=draw(unknown),
    )
