"""What a change outside the plan re-opens: of one element, or of the data, the model, the evaluation, the machine."""

from collections.abc import Mapping

from ablator.core.elements import Element
from ablator.core.queries import kept, targets_of
from ablator.core.study import Study, base_id

EVENTS: Mapping[str, str] = {
    "data": "the training data",
    "architecture": "the architecture",
    "evaluation": "the evaluation",
    "hardware": "the hardware or its software",
    "pipeline": "the input pipeline",
}
"""Changes that are about no single element, with the words for what changed."""

CHANGED = "changed"
"""Name of the fact that something was changed; its `element` or, for one of `EVENTS`, its `value` says what."""

PIPELINE = frozenset(
    [
        "input-inspection",
        "label-alignment",
        "input-normalisation",
        "input-corruption",
        "preprocessing-parity",
        "padding-and-packing",
        "shuffling",
        "eval-preprocessing",
        "input-pipeline-throughput",
        "known-result-reproduction",
        "loss-at-init",
        "overfit-small-batch",
    ]
)
"""What a changed input pipeline may break (judged: whatever sees the inputs or what is made of them)."""

HARDWARE = frozenset(
    [
        "precision",
        "low-precision-updates",
        "software-stack",
        "determinism",
        "distributed-consistency",
        "gradient-accumulation",
        "variance-sources",
        "noise-floor",
        "dependency-check",
        "input-pipeline-throughput",
        "checkpoint-resume",
        "known-result-reproduction",
    ]
)
"""What another machine, driver or library may change (judged: numbers, their spread, and speed)."""


def reopens(study: Study) -> Mapping[str, tuple[str, ...]]:
    """Element or event → the elements whose verdicts go stale when it changes."""
    return kept(study, "reopened by change", _reopens)


def _reopens(study: Study) -> dict[str, tuple[str, ...]]:
    by_edge = targets_of(study, "reopens")
    asked = {k: e for k, e in study.elements.items() if e.kind in {"factor", "instrument"}}

    def with_edges(sources: list[Element]) -> set[str]:
        return {t for e in sources for t in by_edge.get(e.id, ())}

    data = [e for e in asked.values() if e.category == "data"]
    ideas = [e for e in study.elements.values() if e.kind == "idea"]
    found = {
        "data": {e.id for e in data} | with_edges(data),
        "architecture": with_edges(ideas),
        "evaluation": {k for k, e in asked.items() if e.lane == "observation"},
        "hardware": {k for k in asked if base_id(k) in HARDWARE},
        "pipeline": {k for k in asked if base_id(k) in PIPELINE},
    }
    return {**by_edge, **{_key(k): tuple(sorted(v & asked.keys())) for k, v in found.items()}}


def _key(event: str) -> str:
    """Events are told from elements by a sign that no id holds."""
    return f"*{event}"


def changed_key(element: str, value: object) -> str:
    """What a fact `changed` is about, as `reopens` names it; an empty text where it says nothing."""
    return element or (_key(value) if isinstance(value, str) and value in EVENTS else "")


def words_of(study: Study, key: str) -> str:
    """What changed, for people."""
    element = study.elements.get(key)
    return EVENTS.get(key.removeprefix("*"), key) if element is None else element.name or element.id
