"""Small line drawings on a 16 × 16 box: what an element is about, and the mark of its verdict or state."""

from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

CATEGORY: Mapping[str, str] = {
    # Ideas, by category of the library.
    "attention": "O3 4 1.6 O13 4 1.6 O8 12.5 1.8 M4 5.3 L7 11 M12 5.3 L9 11 M4.8 4 L11.2 4",
    "token_mixing": "M2 4 C8 4 8 12 14 12 M2 12 C8 12 8 4 14 4 M2 8 L14 8",
    "multi_head_diversity": "O4 8 2.2 O8 4 2.2 O12 8 2.2 O8 12 2.2",
    "normalization": "M2 13 C6 13 6 3 8 3 C10 3 10 13 14 13",
    "residual_path": "M8 14 L8 2 M8 12 C14 12 14 4 8 4 M5.8 4.4 L8 2 L10.2 4.4",
    "capacity": "M3 13 L3 9 M6.5 13 L6.5 6 M10 13 L10 3 M13.5 13 L13.5 7",
    "positional_encoding": "M2 5 L14 5 L14 11 L2 11 Z M5 5 L5 8 M8 5 L8 9 M11 5 L11 8",
    "state_recurrence": "M12.5 5 C10 1.5 3 2.5 3 8 C3 13.5 10 14.5 12.5 11 M13 2.5 L12.6 5.4 L9.8 4.8",
    "embedding": "M3 3 L13 3 L13 13 L3 13 Z M3 8 L13 8 M8 3 L8 13",
    "objective": "O8 8 5.5 O8 8 2.2",
    "routing": "M2 8 L6 8 M6 8 C9 8 9 3.5 14 3.5 M6 8 C9 8 9 12.5 14 12.5 M6 8 L14 8",
    "regularization": "M3 3 L13 3 L13 13 L3 13 Z M3 13 L13 3 M3 8 L8 3 M8 13 L13 8",
    "decoding_readout": "M2 3 L8 8 L2 13 M8 13 L14 13",
    "convolution": "M2 2 L10 2 L10 10 L2 10 Z M6 6 L14 6 L14 14 L6 14 Z",
    "tokenization_input": "M2 5 L5.5 5 L5.5 11 L2 11 Z M7 5 L9.5 5 L9.5 11 L7 11 Z M11 5 L14.5 5 L14.5 11 L11 11 Z",
    "activation": "M2 12 L8 12 L14 3",
    "initialization": "O8 8 1.2 M8 2 L8 5 M8 11 L8 14 M2 8 L5 8 M11 8 L14 8",
    "inductive_bias": "M8 2 L14 13 L2 13 Z M8 6 L8 10",
    # Factors and instruments, by group.
    "evaluation": "M2 12 C2 3 14 3 14 12 M8 12 L11 7",
    "plumbing": "M2 5 L9 5 L9 11 L14 11 M2 8 L6 8 L6 14 L14 14",
    "optimisation": "M2 3 C4 13 6 13 8 9 C10 5 12 12 14 13",
    "data": "M3 4 C3 2 13 2 13 4 C13 6 3 6 3 4 M3 4 L3 12 C3 14 13 14 13 12 L13 4 M3 8 C3 10 13 10 13 8",
    "numerics-and-variance": "M2 11 L4 6 L6 12 L8 4 L10 10 L12 7 L14 9",
    "length-and-batch": "O8 8 6 M8 4.5 L8 8 L11 10",
}
KIND: Mapping[str, str] = {
    "phenomenon": "M1.5 12 L14.5 12 M4 12 C4 6 12 6 12 12 M8 3 L8 5 M3 5.5 L4.4 7 M13 5.5 L11.6 7",
    "claim": "M2 3 L14 3 L14 11 L8 11 L5 14 L5 11 L2 11 Z",
    "idea": "M8 2 L13.5 5 L13.5 11 L8 14 L2.5 11 L2.5 5 Z",
    "factor": "M2 5 L14 5 M2 11 L14 11 O10 5 1.8 O6 11 1.8",
    "instrument": "M2 12 C2 3 14 3 14 12 M8 12 L11 7",
}

MARK_SHAPE: Mapping[str, str] = {
    "fine": "circle",
    "fixed": "circle",
    "unlikely": "ring",
    "critical": "diamond",
    "harmful": "triangle",
    "replaceable": "square",
    "redundant": "square",
    "undecided": "ring",
    "inconclusive": "ring",
    "ready": "ring",
    "locked": "plain",
    "running": "circle",
    "waived": "ring",
    "stale": "ring",
    "done": "circle",
}
"""Outline of a mark; no two words share both outline and sign, so that colour never carries the meaning alone."""

MARK_SIGN: Mapping[str, str] = {
    "fine": "M5 8.4 L7.2 10.6 L11.2 5.8",
    "fixed": "M8 5 L8 11 M5 8 L11 8",
    "done": "M6.4 8 L9.6 8",
    "unlikely": "M5.2 8 L10.8 8",
    "critical": "M8 4.6 L8 8.8 M8 10.9 L8 11.2",
    "harmful": "M8 6.4 L8 9.8 M8 11.6 L8 11.8",
    "replaceable": "M5 6.6 L11 6.6 L9.4 5 M11 9.6 L5 9.6 L6.6 11.2",
    "redundant": "M5.4 5.4 L10.6 10.6 M10.6 5.4 L5.4 10.6",
    "undecided": "M6 6.6 C6 4.4 10 4.4 10 6.6 C10 8.2 8 8 8 9.4 M8 11.2 L8 11.4",
    "inconclusive": "M4.8 8.8 C6 6 7.2 7 8 8 C8.8 9 10 10 11.2 7.2",
    "ready": "M6.8 5.4 L10.6 8 L6.8 10.6 Z",
    "locked": "M4.5 7.5 L11.5 7.5 L11.5 13 L4.5 13 Z M6 7.5 C6 2.5 10 2.5 10 7.5",
    "running": "M6.4 5.6 L6.4 10.4 M9.6 5.6 L9.6 10.4",
    "waived": "M5.4 5.6 L10.6 8 L5.4 10.4 M10.8 5.6 L10.8 10.4",
    "stale": "M10.8 6.6 C9 4.4 5.2 5.6 5.2 8.2 C5.2 10.8 8.8 12 10.8 9.8 M11.2 4.6 L10.9 6.9 L8.7 6.5",
}


def drawing(text: str) -> QPainterPath:
    """The path that `text` describes: `Mx y` move, `Lx y` line, `Cx y x y x y` curve, `Ox y r` circle, `Z` close."""
    path = QPainterPath()
    words = text.replace("Z", "Z ").split()
    i = 0
    while i < len(words):
        sign, first = words[i][0], words[i][1:]
        count = {"M": 2, "L": 2, "C": 6, "O": 3, "Z": 0}[sign]
        n = [float(x) for x in (first, *words[i + 1 : i + count])] if count else []
        if sign == "M":
            path.moveTo(n[0], n[1])
        elif sign == "L":
            path.lineTo(n[0], n[1])
        elif sign == "C":
            path.cubicTo(*n)
        elif sign == "O":
            path.addEllipse(QPointF(n[0], n[1]), n[2], n[2])
        else:
            path.closeSubpath()
        i += max(count, 1)
    return path


@cache
def glyph(category: str, kind: str) -> QPainterPath:
    """The drawing of an element's category, or of its kind where the category has none. To be stroked."""
    return drawing(CATEGORY.get(category) or KIND.get(kind, KIND["idea"]))


@cache
def mark(word: str) -> tuple[QPainterPath, bool, QPainterPath]:
    """Outline of a verdict's or state's mark, whether it is filled, and the sign inside (to be stroked)."""
    shape = MARK_SHAPE.get(word, "ring")
    return _outline(shape), shape not in {"ring", "plain"}, drawing(MARK_SIGN.get(word, MARK_SIGN["undecided"]))


def _outline(shape: str) -> QPainterPath:
    path = QPainterPath()
    if shape in {"circle", "ring"}:
        path.addEllipse(QRectF(1.5, 1.5, 13, 13))
    elif shape == "square":
        path.addRoundedRect(QRectF(2, 2, 12, 12), 2, 2)
    elif shape == "diamond":
        path.addPolygon(_closed((8, 0.6), (15.4, 8), (8, 15.4), (0.6, 8)))
    elif shape == "triangle":
        path.addPolygon(_closed((8, 1), (15.4, 14.6), (0.6, 14.6)))
    return path


def _closed(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(*p) for p in (*points, points[0])])
