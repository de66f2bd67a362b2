"""Every row of the library is complete, names only what exists, and says what it should."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
import yaml

from ablator.library import library
from ablator.resources import resource

KNOWN = library()
IDEAS, CLAIMS, FACTORS, KNOBS = set(KNOWN.ideas), set(KNOWN.claims), set(KNOWN.factors), set(KNOWN.knobs)
TABLES: list[dict[str, Any]] = yaml.safe_load(resource("library", "published_tables.yaml").read_text())["tables"]


def document(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load(resource("library", f"{name}.yaml").read_text(encoding="utf-8")))


def references() -> Iterator[tuple[str, str, set[str]]]:
    """(where, name, what it may be) of every reference in the library."""
    yield from idea_references()
    yield from factor_references()
    yield from symptom_references()
    for knob, factor in KNOWN.knobs.items():
        if factor is not None:
            yield f"knob {knob}", factor, FACTORS
    for event, names in KNOWN.change_events.items():
        for name in names:
            yield f"event {event}", name, FACTORS


def idea_references() -> Iterator[tuple[str, str, set[str]]]:
    for i in KNOWN.ideas.values():
        for name in (*i.requires, *(x for group in i.requires_any for x in group), *i.excludes):
            yield f"idea {i.id}", name, IDEAS
        for other in i.interacts_with:
            yield f"idea {i.id} interacts", other.with_, IDEAS | {f"knob:{k}" for k in KNOBS}
        for knob in i.retune:
            yield f"idea {i.id} retunes", knob, KNOBS
        if i.claim is not None:
            yield f"idea {i.id}", i.claim, CLAIMS
        if i.slot is not None:
            yield f"idea {i.id} fills", i.slot, {s.id for s in KNOWN.ideas.values() if s.is_slot}
    for c in KNOWN.claims.values():
        for name in c.ideas:
            yield f"claim {c.id}", name, IDEAS
        for name in c.exhaust_reachability_first:
            yield f"claim {c.id} after", name, KNOBS | FACTORS | IDEAS


def factor_references() -> Iterator[tuple[str, str, set[str]]]:
    for f in KNOWN.factors.values():
        for name in (*f.requires, *f.reopens, *f.affects, *f.detects):
            yield f"factor {f.id}", name, FACTORS
        for code in f.source:
            yield f"factor {f.id} source", code, set(KNOWN.sources)
    for factor, idea in KNOWN.same_as_idea.items():
        yield "same_as_idea", factor, FACTORS
        yield "same_as_idea", idea, IDEAS


def symptom_references() -> Iterator[tuple[str, str, set[str]]]:
    culprits = FACTORS | {f"{f.id}/{m.id}" for f in KNOWN.factors.values() for m in f.modes}
    culprits |= {f"idea:{i}" for i in IDEAS} | {f"claim:{c}" for c in CLAIMS}
    for s in KNOWN.symptoms.values():
        for name in s.likelihood:
            yield f"symptom {s.id}", name, culprits
        for code in s.source:
            yield f"symptom {s.id} source", code, set(KNOWN.sources)
    for name in KNOWN.culprits:
        yield "idea_and_claim_culprits", name, culprits


def test_every_reference_exists() -> None:
    assert [(where, name) for where, name, known in references() if name not in known] == []


def test_detection_names_ideas_or_controls() -> None:
    rules = KNOWN.detection
    named = {r.idea for rows in (rules.tensor_rules, rules.onnx_patterns, rules.module_class_rules) for r in rows}
    named |= {r.idea for r in rules.config_rules}
    named |= {i for profile in rules.model_type_profiles.values() for i in profile}
    assert {i for i in named if not i.startswith("ctrl:")} <= IDEAS
    assert len(rules.model_type_profiles) == 48


def test_published_tables_name_ideas_knobs_or_controls() -> None:
    wrong = []
    for table in TABLES:
        wrong += [(table["id"], i) for i in table["artifact"].get("ideas") or () if i not in IDEAS]
        for arm in table["arms"]:
            targets = arm["target"] if isinstance(arm["target"], list) else [arm["target"]]
            for target in targets:
                kind, _, name = target.rpartition(":")
                known = {"": IDEAS, "knob": KNOBS, "ctrl": {name}}[kind]
                wrong += [(table["id"], target)] * (name not in known)
    assert wrong == []
    assert len({t["id"] for t in TABLES}) == len(TABLES) == 33


def test_requires_is_acyclic() -> None:
    ideas = nx.DiGraph((i.id, r) for i in KNOWN.ideas.values() for r in i.requires)
    factors = nx.DiGraph((f.id, r) for f in KNOWN.factors.values() for r in f.requires)
    assert nx.is_directed_acyclic_graph(ideas)
    assert nx.is_directed_acyclic_graph(factors)


def test_no_idea_requires_what_its_slot_excludes() -> None:
    for i in KNOWN.ideas.values():
        seats = [KNOWN.ideas[r].slot for r in i.requires if KNOWN.ideas[r].slot]
        assert i.slot not in seats, i.id
        assert len(set(seats)) == len(seats), i.id
        assert not {*i.requires} & {*i.excludes}, i.id


def test_every_filler_of_a_slot_names_its_alternatives() -> None:
    for i in KNOWN.ideas.values():
        if i.slot:
            rivals = [a.to for a in i.alternatives if a.to in IDEAS and KNOWN.ideas[a.to].slot == i.slot]
            assert rivals or len(i.no_slot_alternative) > 20, i.id


def test_every_idea_that_is_no_slot_can_be_taken_away_or_exchanged() -> None:
    assert [i.id for i in KNOWN.ideas.values() if not i.is_slot and not i.alternatives] == []


def test_knobs_without_a_factor_say_why() -> None:
    used = {k for i in KNOWN.ideas.values() for k in i.retune}
    used |= {x.with_[5:] for i in KNOWN.ideas.values() for x in i.interacts_with if x.with_.startswith("knob:")}
    for knob in used:
        assert knob in KNOBS
    reasons = document("knobs")["no_factor"]
    assert set(reasons) == {k for k, factor in KNOWN.knobs.items() if factor is None}
    assert all(len(reason) > 15 for reason in reasons.values())


def test_probabilities_are_probabilities_and_sum_up() -> None:
    for s in KNOWN.symptoms.values():
        assert 0 < s.other < 1, s.id
        assert all(0 < p < 1 for p in s.likelihood.values()), s.id
    for f in KNOWN.factors.values():
        assert 0 <= f.base_rate < 1
        if f.modes:
            assert sum(m.share for m in f.modes) == pytest.approx(1), f.id
            assert len({m.id for m in f.modes}) == len(f.modes)
    assert sum(KNOWN.shares.values()) == pytest.approx(1)
    below = KNOWN.shares["observation"] + KNOWN.shares["reachability"]
    assert sum(f.base_rate for f in KNOWN.factors.values()) == pytest.approx(below)
    above = KNOWN.shares["instantiation"] + KNOWN.shares["perception"]
    assert sum(c.prior for c in KNOWN.culprits.values()) == pytest.approx(above)


def test_everything_has_a_source_or_says_that_it_is_judged() -> None:
    assert [i.id for i in KNOWN.ideas.values() if i.cite is None or not i.cite.title] == []
    assert [c.id for c in KNOWN.claims.values() if not c.source.paper or not c.challengers] == []
    assert [f.id for f in KNOWN.factors.values() if not f.source or not f.base_rate_basis] == []
    assert [s.id for s in KNOWN.symptoms.values() if not s.source] == []
    assert {t["status"] for t in TABLES} <= {"seen", "seen_secondary", "memory"}
    assert all(source.title for source in KNOWN.sources.values())


@pytest.mark.parametrize(
    ("table", "least"), [("ideas", 217), ("claims", 37), ("factors", 71), ("symptoms", 74), ("knobs", 36)]
)
def test_rows_are_added_and_never_lost(table: str, least: int) -> None:
    assert len(getattr(KNOWN, table)) >= least


@pytest.mark.parametrize(
    ("name", "table"),
    [("ideas", "ideas"), ("claims", "claims"), ("factors", "factors"), ("symptoms", "symptoms"), ("knobs", "knobs")],
)
def test_ids_of_the_shared_library_are_kept(shared: Path, name: str, table: str) -> None:
    theirs = yaml.safe_load((shared / "data" / "library" / f"{name}.yaml").read_text(encoding="utf-8"))[table]
    ids = set(theirs) if isinstance(theirs, dict) else {row["id"] for row in theirs}
    assert ids <= set(getattr(KNOWN, table))


def test_what_was_mended_is_said_with_the_row_it_is_about() -> None:
    for name, known in (("ideas", IDEAS), ("claims", CLAIMS)):
        for line in document(name)["mended"]:
            assert line.split(":")[0] in known, line
