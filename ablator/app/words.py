"""The contract's words as people read them: stages, states, verdicts with their meanings, in the window's language."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

STAGE_NAMES: Mapping[str, Any] = {
    "observe": QT_TRANSLATE_NOOP("Words", "Observe"),
    "reach": QT_TRANSLATE_NOOP("Words", "Reach"),
    "instantiate": QT_TRANSLATE_NOOP("Words", "Instantiate"),
    "perceive": QT_TRANSLATE_NOOP("Words", "Perceive"),
}
LANE_NAMES: Mapping[str, Any] = {
    "noumenon": QT_TRANSLATE_NOOP("Words", "Noumenon"),
    "perception": QT_TRANSLATE_NOOP("Words", "Perception"),
    "instantiation": QT_TRANSLATE_NOOP("Words", "Instantiation"),
    "reachability": QT_TRANSLATE_NOOP("Words", "Reachability"),
    "observation": QT_TRANSLATE_NOOP("Words", "Observation"),
}
OTHER_WORDS: tuple[Any, ...] = (  # listed for the translation tools, which look for marked texts
    QT_TRANSLATE_NOOP("Words", "ready"),
    QT_TRANSLATE_NOOP("Words", "locked"),
    QT_TRANSLATE_NOOP("Words", "running"),
    QT_TRANSLATE_NOOP("Words", "done"),
    QT_TRANSLATE_NOOP("Words", "waived"),
    QT_TRANSLATE_NOOP("Words", "stale"),
    QT_TRANSLATE_NOOP("Words", "open"),
    QT_TRANSLATE_NOOP("Words", "closed"),
    QT_TRANSLATE_NOOP("Words", "verify"),
    QT_TRANSLATE_NOOP("Words", "repeat"),
    QT_TRANSLATE_NOOP("Words", "tune"),
    QT_TRANSLATE_NOOP("Words", "scale"),
    QT_TRANSLATE_NOOP("Words", "remove"),
    QT_TRANSLATE_NOOP("Words", "replace"),
    QT_TRANSLATE_NOOP("Words", "resize"),
    QT_TRANSLATE_NOOP("Words", "isolate"),
    QT_TRANSLATE_NOOP("Words", "challenge"),
    QT_TRANSLATE_NOOP("Words", "phenomenon"),
    QT_TRANSLATE_NOOP("Words", "claim"),
    QT_TRANSLATE_NOOP("Words", "idea"),
    QT_TRANSLATE_NOOP("Words", "factor"),
    QT_TRANSLATE_NOOP("Words", "instrument"),
    QT_TRANSLATE_NOOP("Words", "fixed"),
    QT_TRANSLATE_NOOP("Words", "fine"),
    QT_TRANSLATE_NOOP("Words", "unlikely"),
    QT_TRANSLATE_NOOP("Words", "critical"),
    QT_TRANSLATE_NOOP("Words", "replaceable"),
    QT_TRANSLATE_NOOP("Words", "redundant"),
    QT_TRANSLATE_NOOP("Words", "harmful"),
    QT_TRANSLATE_NOOP("Words", "undecided"),
    QT_TRANSLATE_NOOP("Words", "inconclusive"),
)
MEANINGS: Mapping[str, Any] = {
    "fixed": QT_TRANSLATE_NOOP("Words", "It was wrong and has been put right; what leans on it is asked again."),
    "fine": QT_TRANSLATE_NOOP("Words", "Looked at, and nothing is wrong with it."),
    "unlikely": QT_TRANSLATE_NOOP("Words", "Settled by the evidence alone; it comes back when the evidence changes."),
    "critical": QT_TRANSLATE_NOOP("Words", "The model is clearly worse without it: keep it."),
    "replaceable": QT_TRANSLATE_NOOP("Words", "Something else does the same work as well."),
    "redundant": QT_TRANSLATE_NOOP("Words", "Without it nothing is lost: an equivalence test passed."),
    "harmful": QT_TRANSLATE_NOOP("Words", "The model is clearly better without it."),
    "undecided": QT_TRANSLATE_NOOP(
        "Words", "The interval still allows both answers; the step stays open for more seeds."
    ),
    "inconclusive": QT_TRANSLATE_NOOP("Words", "The arm collapsed or was not re-tuned; the step stays open."),
}
VERDICTS_OF_STAGE: Mapping[str, tuple[str, ...]] = {
    "observe": ("fine", "fixed", "undecided", "inconclusive"),
    "reach": ("fine", "fixed", "undecided", "inconclusive"),
    "instantiate": ("critical", "replaceable", "redundant", "harmful", "undecided", "inconclusive"),
    "perceive": ("critical", "replaceable", "redundant", "harmful", "undecided", "inconclusive"),
}
"""Verdicts that a person can give in each stage; `unlikely` is the evidence's to give."""


def said(text: str) -> str:
    """One of these texts in the language of the window."""
    return QCoreApplication.translate("Words", text)


def stage_name(stage: str) -> str:
    """What people call a stage."""
    return said(STAGE_NAMES.get(stage, stage))


def lane_name(lane: str) -> str:
    """What people call a lane."""
    return said(LANE_NAMES.get(lane, lane))
