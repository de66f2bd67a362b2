"""Type and texts on paper."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPainter

TITLE, BODY, SMALL = 24, 13, 12
"""Sizes of type, in units of the sheet."""
WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
STRONG = QFont.Weight.DemiBold


def type_of(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font of the program, so many units high."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def text(painter: QPainter, box: QRectF, words: str, font: QFont, colour: QColor, *, right: bool = False) -> None:
    """Words on one line in the middle of a box, cut where it ends."""
    painter.setFont(font)
    painter.setPen(colour)
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def height_of(words: str, font: QFont, width: float) -> float:
    """How high words stand that are wrapped at a width."""
    return QFontMetricsF(font).boundingRect(QRectF(0, 0, width, 1e5), WRAPPED, words).height()
