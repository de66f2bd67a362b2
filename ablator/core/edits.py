"""Every edit a person can make: (study, …) → Change, or EditRefused with the reason to show."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from ablator.core.change import INFO, Cell, Change
from ablator.core.elements import Decision, Element, Evidence, Info, Json, Relation, RelationKind, Verdict
from ablator.core.errors import EditRefused
from ablator.core.lanes import KIND_OF_LANE, a_kind
from ablator.core.limits import INFO_LIMITS, valid_id, valid_row_id, why_not_info, why_not_value
from ablator.core.queries import requirement_cycle, title
from ablator.core.study import TABLES, Row, Study, same, site_of

SYMMETRIC = frozenset({"interacts", "excludes"})
OWN = "x-"
"""How keys begin that a person made up."""

ENDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "instantiates": (frozenset({"idea"}), frozenset({"claim"})),
    "requires": (frozenset({"idea"}), frozenset({"idea"})),
    "interacts": (frozenset({"idea", "factor"}), frozenset({"idea", "factor"})),
    "excludes": (frozenset({"idea"}), frozenset({"idea"})),
    "retunes": (frozenset({"idea", "factor"}), frozenset({"factor"})),
    "needs": (frozenset({"factor", "instrument"}), frozenset({"factor", "instrument"})),
    "reopens": (frozenset({"idea", "factor", "instrument", "claim"}), frozenset({"factor", "instrument"})),
    "observes": (frozenset({"instrument"}), frozenset({"phenomenon"})),
}
"""Kinds that may stand at the source and at the target of each relation."""


def free_id(study: Study, wish: str) -> str:
    """`wish` made into a kebab-case id that no element of the study has."""
    site, _, word = wish.rpartition("/")
    word = re.sub(r"[^A-Za-z0-9_.+]+", "-", word).strip("-.+")[:120] or "element"
    stem = f"{site}/{word}" if site and valid_id(f"{site}/{word}") else word
    if stem not in study.elements:
        return stem
    return next(f"{stem}-{n}" for n in range(2, 10**9) if f"{stem}-{n}" not in study.elements)


def add(study: Study, elements: Sequence[Element], relations: Iterable[Relation] = ()) -> Change:
    """Put elements into the study, with relations between them and what is there.

    Relations that are there already, or that lead to what the study does not have, are left out.
    """
    cells: list[Cell] = []
    known = dict(study.elements)
    for e in elements:
        if not valid_id(e.id):
            raise EditRefused(f"{e.id!r} cannot be an id", mend="use letters, digits, - and _, with one / for a site")
        if e.id in known:
            raise EditRefused(f"{e.id} is already in the study", mend="select it, or give the new one another id")
        if KIND_OF_LANE[e.lane] != e.kind:
            raise EditRefused(
                f"{a_kind(e.kind)} cannot lie on the {e.lane} lane", mend=f"put {a_kind(KIND_OF_LANE[e.lane])} there"
            )
        _refuse_misfit(e, e.id)
        known[e.id] = e
        cells.append(Cell("elements", e.id, "", None, e))
    drawn = dict(study.relations)
    for r in _canonical(relations):
        if r.source not in known or r.target not in known or r.id in drawn:
            continue
        if r.source == r.target:
            raise EditRefused(f"{r.source} cannot relate to itself")
        _refuse_unfit(r, r.id)
        drawn[r.id] = r
        cells.append(Cell("relations", r.id, "", None, r))
    what = title(elements[0]) if len(elements) == 1 else f"{len(elements)} elements"
    change = Change(f"Add {what}", tuple(cells))
    after = change.apply(study)
    for kind in ("requires", "needs"):
        cycle = requirement_cycle(after, kind)
        if cycle:
            raise EditRefused(f"the {kind} relations would run in a circle: " + " → ".join([*cycle, cycle[0]]))
    return change


def remove(study: Study, ids: Iterable[str]) -> Change:
    """Take elements out of the study, with every relation that touches them."""
    gone = list(dict.fromkeys(ids))
    for key in gone:
        _element(study, key)
    dead = set(gone)
    cells = [
        Cell("relations", rid, "", r, None)
        for rid, r in sorted(study.relations.items())
        if r.source in dead or r.target in dead
    ]
    cells += [Cell("elements", k, "", study.elements[k], None) for k in gone]
    what = title(study.elements[gone[0]]) if len(gone) == 1 else f"{len(gone)} elements"
    return Change(f"Remove {what}", tuple(cells))


def rename(study: Study, element_id: str, name: str) -> Change:
    """Give an element another name; its id, and with it the plan, stays."""
    name = " ".join(name.split())
    if not name:
        raise EditRefused("a name cannot be empty")
    if len(name) > 200:
        raise EditRefused("a name has at most 200 characters")
    return set_attribute(study, element_id, "name", name, label=f"Rename {title(_element(study, element_id))}")


def set_attribute(study: Study, element_id: str, attribute: str, value: Any, *, label: str = "") -> Change:
    """Set one attribute of an element. `id`, `lane`, `kind` and `slot` are what it is and cannot be set."""
    element = _element(study, element_id)
    if attribute in {"id", "lane", "kind", "slot", "is_slot", "library", "extra"} or attribute not in _ATTRIBUTES:
        raise EditRefused(f"{attribute} of {element_id} cannot be edited")
    value = _converted(_ATTRIBUTES[attribute], value, f"{attribute} of {element_id}")
    before = getattr(element, attribute)
    cells = () if same(before, value) else (Cell("elements", element_id, attribute, before, value),)
    return Change(label or f"Change {attribute} of {title(element)}", cells)


def move(study: Study, places: Mapping[str, tuple[float, float] | None]) -> Change:
    """Pin cards at places in the graph, or let the layout have them again (None)."""
    cells = []
    for key in sorted(places):
        before, after = _element(study, key).place, places[key]
        _refuse_unfit(after, key)
        if before != after:
            cells.append(Cell("elements", key, "place", before, after))
    return Change("Move cards" if len(cells) != 1 else f"Move {title(study.elements[cells[0].id])}", tuple(cells))


def why_not_related(study: Study, source: str, target: str, kind: str, group: str = "") -> str | None:
    """The reason why this relation may not exist, or None. The graph asks while a person drags; `relate` asks again."""
    a, b = study.elements.get(source), study.elements.get(target)
    if a is None or b is None:
        return f"there is no element {source if a is None else target}"
    if source == target:
        return "an element cannot relate to itself"
    if kind not in ENDS:
        return f"{kind} is no relation"
    froms, tos = ENDS[kind]
    if a.kind not in froms or b.kind not in tos:
        return f"{kind} leads from {_words(froms)} to {_words(tos)}, not from {a_kind(a.kind)} to {a_kind(b.kind)}"
    r = _canonical([Relation(source=source, target=target, kind=kind, group=group)])[0]  # type: ignore[arg-type]
    if r.id in study.relations:
        return f"{title(a)} already {kind} {title(b)}"
    if kind in {"requires", "excludes"} and site_of(source) != site_of(target):
        return "they stand at different sites of the model"
    opposite = {"requires": "excludes", "excludes": "requires"}.get(kind)
    if opposite:
        ends = {source, target}
        for other in study.relations.values():
            if other.kind == opposite and {other.source, other.target} == ends:
                return f"{title(study.elements[other.source])} {opposite} {title(study.elements[other.target])}"
    if kind in {"requires", "needs"}:
        tried = msgspec.structs.replace(study, relations={**study.relations, r.id: r})
        cycle = requirement_cycle(tried, kind)
        if cycle:
            return f"this closes a circle: {' → '.join([*cycle, cycle[0]])}"
    return None


def relate(study: Study, source: str, target: str, kind: RelationKind, group: str = "", note: str = "") -> Change:
    """Draw a relation, or refuse with the reason of `why_not_related`."""
    reason = why_not_related(study, source, target, kind, group)
    if reason:
        raise EditRefused(reason)
    r = _canonical([Relation(source=source, target=target, kind=kind, group=group, note=note)])[0]
    _refuse_unfit(r, r.id)
    return Change(
        f"Relate {title(study.elements[source])} to {title(study.elements[target])}",
        (Cell("relations", r.id, "", None, r),),
    )


def unrelate(study: Study, relation_id: str) -> Change:
    """Take a relation out."""
    r = study.relations.get(relation_id)
    if r is None:
        raise EditRefused(f"there is no relation {relation_id}")
    return Change("Remove relation", (Cell("relations", relation_id, "", r, None),))


def set_info(study: Study, key: str, value: Any) -> Change:
    """Change one setting of the study's head (name, metric, budget, …), given as its value or as text.

    A key that begins with `x-` is a person's own; it is kept as text.
    """
    if key.startswith(OWN):
        return _set_own(study, key, value)
    if key not in _INFO or key in {"artefacts", "extra", "unknown"}:
        names = ", ".join(sorted(set(_INFO) - {"artefacts", "extra", "unknown"}))
        raise EditRefused(f"a study has no setting {key!r}", mend=f"choose one of {names}")
    value = _converted(_INFO[key], value, key)
    reason = why_not_info(key, value)
    if reason:
        raise EditRefused(reason, mend=mend_of_info(key))
    before = getattr(study.info, key)
    return Change(f"Set {key}", () if same(before, value) else (Cell(INFO, "info", key, before, value),))


def mend_of_info(key: str) -> str:
    """What the head's number may be, as advice."""
    limit = INFO_LIMITS[key]
    if key in {"effect", "noise"}:
        return "write it in metric units as 0.02, or as 1.5%"
    if limit.high is None:
        return f"give a number of {limit.low:g} or more"
    return f"give a number {f'above {limit.low:g}' if limit.high > 1 else 'between 0 and 1'}"


def info_value(study: Study, key: str) -> Any:
    """One setting of the study's head; a key of one's own that is not there is None. Raises EditRefused."""
    if key.startswith(OWN):
        return study.info.extra.get(key)
    return getattr(study.info, key) if key in _INFO and key != "extra" else set_info(study, key, None)


def _set_own(study: Study, key: str, value: Any) -> Change:
    _refuse_unfit([key, value], key)
    if not valid_row_id(key):
        raise EditRefused(f"{key!r} cannot be a key", mend="use a short text without control characters")
    before = study.info.extra
    after = {**before, key: value} if value not in (None, "") else {k: v for k, v in before.items() if k != key}
    return Change(f"Set {key}", () if same(before, after) else (Cell(INFO, "info", "extra", before, after),))


def record_evidence(study: Study, rows: Sequence[Evidence], label: str = "") -> Change:
    """Take evidence in; a row with a known id replaces the old one."""
    cells = []
    for row in rows:
        before = study.evidence.get(row.id)
        if not valid_row_id(row.id):
            raise EditRefused(f"{row.id!r} cannot be an id", mend="use a short text without control characters")
        _refuse_misfit(row, row.id)
        if before is None or not same(before, row):
            cells.append(Cell("evidence", row.id, "", before, row))
    return Change(label or f"Record {len(rows)} {'row' if len(rows) == 1 else 'rows'} of evidence", tuple(cells))


def forget_evidence(study: Study, ids: Iterable[str]) -> Change:
    """Take evidence back."""
    cells = []
    for key in dict.fromkeys(ids):
        if key not in study.evidence:
            raise EditRefused(f"there is no evidence {key}")
        cells.append(Cell("evidence", key, "", study.evidence[key], None))
    return Change("Take evidence back", tuple(cells))


def decide(study: Study, decision: Decision) -> Change:
    """Put a decision on record. A waiver needs a written reason; a verdict must be one of the contract's words."""
    if decision.kind in {"waiver", "adopt"} and not decision.reason.strip():
        raise EditRefused(
            "a waiver needs a written reason" if decision.kind == "waiver" else "adopting needs a reason",
            mend="say why in a sentence; it travels into every export",
        )
    if decision.kind in {"pin", "move"} and not decision.reason.strip():
        raise EditRefused("a place of one's own needs a reason", mend="say why in a sentence; it stands in the plan")
    if decision.kind == "verdict" and decision.verdict not in get_args(Verdict):
        raise EditRefused(f"{decision.verdict!r} is no verdict", mend="use one of " + ", ".join(get_args(Verdict)))
    if not valid_row_id(decision.id):
        raise EditRefused(f"{decision.id!r} cannot be an id", mend="use a short text without control characters")
    _refuse_misfit(decision, decision.id)
    before = study.decisions.get(decision.id)
    words = {
        "verdict": f"Record verdict on {decision.step}",
        "waiver": f"Waive {decision.step}",
        "pin": f"Pin {decision.step}",
    }
    return Change(
        words.get(decision.kind, f"{decision.kind.capitalize()} {decision.step or decision.arm}"),
        (Cell("decisions", decision.id, "", before, decision),),
    )


def undecide(study: Study, decision_id: str) -> Change:
    """Take a decision back."""
    if decision_id not in study.decisions:
        raise EditRefused(f"there is no decision {decision_id}")
    return Change("Take decision back", (Cell("decisions", decision_id, "", study.decisions[decision_id], None),))


def next_id(study: Study, table: str, prefix: str) -> str:
    """A fresh id `PREFIX-N` for a row of evidence or a decision, counted on from the largest."""
    taken = study.table(table)
    numbers = [
        int(k[len(prefix) + 1 :]) for k in taken if k.startswith(prefix + "-") and k[len(prefix) + 1 :].isdigit()
    ]
    return f"{prefix}-{max(numbers, default=0) + 1}"


def _canonical(relations: Iterable[Relation]) -> list[Relation]:
    """Symmetric relations with the smaller id first, so that each is stored once."""
    return [
        msgspec.structs.replace(r, source=r.target, target=r.source)
        if r.kind in SYMMETRIC and r.target < r.source
        else r
        for r in relations
    ]


def _element(study: Study, element_id: str) -> Element:
    element = study.elements.get(element_id)
    if element is None:
        raise EditRefused(f"there is no element {element_id}")
    return element


def _words(kinds: frozenset[str]) -> str:
    return " or ".join(a_kind(k) for k in sorted(kinds))


def _converted(wanted: Any, value: Json, what: str) -> Any:
    """`value` as the attribute's type; numbers may come as text (`set` on the command line)."""
    if isinstance(value, str) and not value.strip() and wanted is not str:
        value = None
    try:
        converted = msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as wrong:
        expected, mend = _expected(wanted)
        if not expected or isinstance(value, list | dict):
            raise EditRefused(f"{what}: {str(wrong)[0].lower()}{str(wrong)[1:]}") from None
        raise EditRefused(f"{what}: expected {expected}, not {str(value)[:40]!r}", mend=mend) from None
    _refuse_unfit(converted, what)
    return converted


def _expected(wanted: Any) -> tuple[str, str]:
    """What a plain attribute may be, in words, and the mend; empty where its type is not plain."""
    kinds = {k for k in (get_args(wanted) or (wanted,)) if k is not type(None)}
    if kinds and all(isinstance(k, str) for k in kinds):
        names = " or ".join(str(k) for k in get_args(wanted) if k is not None)
        return names, f"write {names}"
    if kinds == {bool}:
        return "true or false", "write true or false"
    if kinds == {float}:
        return "a number", "write it as 0.93"
    if kinds == {int}:
        return "a whole number", "write it as 8"
    return "", ""


def _refuse_misfit(row: Row, what: str) -> None:
    """A whole row, which the caller built, must be what its type says."""
    _refuse_unfit(row, what)
    try:
        msgspec.convert(msgspec.to_builtins(row), type(row))
    except msgspec.ValidationError as wrong:
        raise EditRefused(f"{what}: {str(wrong)[0].lower()}{str(wrong)[1:]}") from None


def _refuse_unfit(value: Any, what: str) -> None:
    """What the file could not hold is refused where it is entered."""
    reason = why_not_value(value)
    if reason:
        raise EditRefused(f"{what}: {reason}", mend="enter it again")


_ATTRIBUTES = {f.name: f.type for f in msgspec.structs.fields(TABLES["elements"])}
_INFO = {f.name: f.type for f in msgspec.structs.fields(Info)}
