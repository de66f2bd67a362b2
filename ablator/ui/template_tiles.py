"""Templates as pictures: nine small drawings of what kinds of model there are, each a button."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from ablator.app.theme import Theme

WIDTH, HEIGHT = 92, 92
PICTURE = QRectF(10, 8, 72, 52)

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "decoder-lm": "Decoder LM",
        "encoder-lm": "Encoder LM",
        "encoder-decoder": "Enc.–decoder",
        "vit": "ViT",
        "cnn": "CNN",
        "moe": "MoE",
        "state-space": "State space",
        "diffusion": "Diffusion",
        "mlp": "MLP",
    }
)
"""Templates of `ablator new template:NAME` and what they are called."""


class Ink:
    """Pens of one picture: lines, and a filled and a pale tone."""

    def __init__(self, theme: Theme) -> None:
        self.line = theme.colour("muted")
        self.strong = theme.colour("accent")
        self.pale = QColor(theme.colour("card_border"))


def _cells(p: QPainter, ink: Ink, at: QPointF, n: int, filled: Callable[[int, int], bool], size: float = 8.0) -> None:
    for row in range(n):
        for column in range(n):
            box = QRectF(at.x() + column * size, at.y() + row * size, size - 2, size - 2)
            p.fillRect(box, ink.strong if filled(row, column) else ink.pale)


def _arrow(p: QPainter, ink: Ink, a: QPointF, b: QPointF) -> None:
    p.setPen(QPen(ink.line, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    p.drawLine(a, b)
    line = QLineF(b, a)
    for turn in (28, -28):
        head = QLineF(line)
        head.setLength(5)
        head.setAngle(line.angle() + turn)
        p.drawLine(head)


def _dot(p: QPainter, colour: QColor, x: float, y: float, r: float = 3.5) -> None:
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(colour)
    p.drawEllipse(QPointF(x, y), r, r)


def _decoder(p: QPainter, ink: Ink) -> None:
    _cells(p, ink, QPointF(13, 3), 6, lambda r, c: c <= r)


def _encoder(p: QPainter, ink: Ink) -> None:
    _cells(p, ink, QPointF(13, 3), 6, lambda r, c: c != 3)


def _encoder_decoder(p: QPainter, ink: Ink) -> None:
    _cells(p, ink, QPointF(0, 14), 4, lambda r, c: True, 7)
    _arrow(p, ink, QPointF(29, 27), QPointF(41, 27))
    _cells(p, ink, QPointF(45, 14), 4, lambda r, c: c <= r, 7)


def _vit(p: QPainter, ink: Ink) -> None:
    _cells(p, ink, QPointF(0, 11), 3, lambda r, c: (r + c) % 2 == 0, 11)
    _arrow(p, ink, QPointF(35, 27), QPointF(46, 27))
    for n in range(5):
        p.fillRect(QRectF(51, 5 + n * 9, 18, 6), ink.strong if n % 2 == 0 else ink.pale)


def _cnn(p: QPainter, ink: Ink) -> None:
    for n, (x, size) in enumerate(((2, 44), (26, 32), (46, 22), (62, 12))):
        box = QRectF(x, 26 - size / 2, size * 0.42, size)
        p.fillRect(box, ink.strong if n % 2 == 0 else ink.pale)
        p.setPen(QPen(ink.line, 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRect(box)


def _moe(p: QPainter, ink: Ink) -> None:
    p.setPen(QPen(ink.line, 1.2))
    for n in range(4):
        y = 6 + n * 13.3
        p.drawLine(QPointF(8, 26), QPointF(36, y))
        p.drawLine(QPointF(36, y), QPointF(64, 26))
    for n in range(4):
        _dot(p, ink.strong if n in {0, 2} else ink.pale, 36, 6 + n * 13.3, 5)
    _dot(p, ink.line, 8, 26)
    _dot(p, ink.line, 64, 26)


def _state_space(p: QPainter, ink: Ink) -> None:
    for n in range(4):
        x = 8 + n * 18.6
        if n:
            _arrow(p, ink, QPointF(x - 12, 20), QPointF(x - 6, 20))
        _arrow(p, ink, QPointF(x, 46), QPointF(x, 28))
        _dot(p, ink.strong, x, 20, 5)
        p.fillRect(QRectF(x - 4, 46, 8, 4), ink.pale)


def _diffusion(p: QPainter, ink: Ink) -> None:
    for frame, spread in enumerate((11.0, 6.0, 0.0)):
        x = 11 + frame * 25.0
        if spread:
            for n in range(26):
                angle, reach = n * 2.399963, spread * math.sqrt((n + 0.5) / 26) + frame * 1.5
                _dot(
                    p, ink.strong if n % 3 else ink.line, x + reach * math.cos(angle), 26 + reach * math.sin(angle), 1.1
                )
        else:
            _dot(p, ink.strong, x, 26, 8)
        if frame < 2:
            _arrow(p, ink, QPointF(x + 10 + frame, 45), QPointF(x + 18, 45))


def _mlp(p: QPainter, ink: Ink) -> None:
    layers = ((8, 3), (36, 5), (64, 2))
    p.setPen(QPen(ink.pale, 1))
    for (x, n), (x2, m) in pairwise(layers):
        for i in range(n):
            for j in range(m):
                p.drawLine(QPointF(x, 26 + (i - (n - 1) / 2) * 11), QPointF(x2, 26 + (j - (m - 1) / 2) * 11))
    for x, n in layers:
        for i in range(n):
            _dot(p, ink.strong if x == 36 else ink.line, x, 26 + (i - (n - 1) / 2) * 11)


_PAINTERS: Mapping[str, Callable[[QPainter, Ink], None]] = {
    "decoder-lm": _decoder,
    "encoder-lm": _encoder,
    "encoder-decoder": _encoder_decoder,
    "vit": _vit,
    "cnn": _cnn,
    "moe": _moe,
    "state-space": _state_space,
    "diffusion": _diffusion,
    "mlp": _mlp,
}


class Tile(QAbstractButton):
    """One template: its picture, and its name below."""

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._theme = theme
        self.setText(QCoreApplication.translate("Templates", NAMES[name]))
        self.setAccessibleName(self.tr("Template {0}").format(self.text()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        super().enterEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        p.setPen(QPen(colour("accent" if self.hasFocus() else "card_border"), 2 if self.hasFocus() else 1))
        p.setBrush(colour("selection" if self.isDown() else "hover" if self.underMouse() else "card"))
        p.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        p.save()
        p.translate(PICTURE.topLeft())
        _PAINTERS[self.name](p, Ink(self._theme))
        p.restore()
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        p.setFont(font)
        p.setPen(colour("text"))
        p.drawText(QRectF(0, 64, self.width(), 22), Qt.AlignmentFlag.AlignCenter, self.text())


class TemplateTiles(QWidget):
    """All nine, in a row or in as many rows as the width asks for."""

    chosen = Signal(str)
    """Name of a template."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = {name: Tile(name, theme, self) for name in NAMES}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        for name, tile in self.tiles.items():
            tile.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
        self.set_columns(len(NAMES))

    def set_columns(self, columns: int) -> None:
        """Lay the tiles out in so many columns, packed to the left."""
        for n in range(self._grid.columnCount()):
            self._grid.setColumnStretch(n, 0)
        self._grid.setColumnStretch(columns, 1)
        for n, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, n // columns, n % columns, Qt.AlignmentFlag.AlignLeft)
