"""Studies that the tests of the panels share: a small decoder with symptoms, and a strict one whose gates are shut."""

from PySide6.QtCore import QEventLoop

from ablator.app.document import Document
from ablator.core.elements import Evidence, Info, Relation
from ablator.core.study import Study, study_from
from ablator.library.elements import element_for, phenomenon_element, relations_for


def decoder(**info: object) -> Study:
    """A decoder from the library: ideas, claims, factors and instruments with what relates them."""
    from ablator.library import library

    known = library()
    factors = [k for k, f in known.factors.items() if f.lane == "reachability"][:14]
    instruments = [k for k, f in known.factors.items() if f.lane == "observation"][:6]
    ideas = [k for k in known.ideas if known.ideas[k].level == "instantiation" and not known.ideas[k].is_slot][:12]
    claims = sorted({known.ideas[k].claim for k in ideas if known.ideas[k].claim})[:3]
    rows = {}
    for key in (*factors, *instruments, *ideas, *claims):
        made = element_for(str(key), status="read")
        rows[made.id] = made
    rows["next-token"] = phenomenon_element("next-token", "The next token")
    elements = list(rows.values())
    head: dict[str, object] = {
        "name": "small decoder",
        "metric": "eval_loss",
        "goal": "min",
        "baseline": 3.2,
        "effect": "1%",
        "noise": "0.5%",
        "hours_per_run": 2.0,
        "budget": 60.0,
    }
    return study_from(Info(**{**head, **info}), elements, relations_for(elements))  # type: ignore[arg-type]


def loaded(study: Study | None = None) -> Document:
    """A document that holds a study and its plan."""
    document = Document()
    document.load(study or decoder(), None, None)
    replan(document)
    return document


def replan(document: Document) -> None:
    """Let the plan that is under way arrive."""
    loop = QEventLoop()
    document.plan_changed.connect(loop.quit)
    document.plan_failed.connect(loop.quit)
    if document.planning:
        loop.exec()
    document.plan_changed.disconnect(loop.quit)
    document.plan_failed.disconnect(loop.quit)


def symptom(key: str, **weights: float) -> Evidence:
    """A symptom that speaks for some elements."""
    return Evidence(id=f"symptom-{key}", kind="symptom", name=key, value=dict(weights))


def relation(source: str, target: str, kind: str) -> Relation:
    """A relation of any kind."""
    return Relation(source=source, target=target, kind=kind)  # type: ignore[arg-type]
