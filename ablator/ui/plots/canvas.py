"""The surface that a figure is painted on, with its words for those who cannot see it."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ablator.app.plots.figure import Figure
from ablator.app.plots.painting import Painter, height_needed
from ablator.app.theme import Theme


class PlotCanvas(QWidget):
    """Shows one figure in the colours of the theme; as high as the figure needs to be legible."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.figure: Figure | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_figure(self, figure: Figure) -> None:
        """Paint another figure from now on."""
        self.figure = figure
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.summary or figure.empty)
        self.setMinimumHeight(0 if figure.empty else round(height_needed(figure, self.font())))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.figure is None:
            painter.fillRect(self.rect(), self._theme.colour("card"))
        else:
            room, seen = QRectF(self.rect()), QRectF(event.rect())
            Painter(self.figure, painter, room, self.font(), dark=self._theme.dark, seen=seen).paint()
        painter.end()
