"""A figure as the bytes of a picture: SVG, PNG or PDF, light always, with its words as the description."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QFont, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter

from ablator.app.plots.figure import Figure
from ablator.app.plots.painting import Painter, height_needed
from ablator.core.errors import BadInput

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgGenerator

Paint = Callable[[QPainter, QRectF], None]
"""Draws into a rectangle."""
FORMATS = ("svg", "png", "pdf")
WIDTH, HEIGHT = 800, 480
"""Logical pixels of a saved picture; a figure with many rows is higher."""

DOTS_PER_INCH = 96
SHARPNESS = 2
"""Device pixels to a logical one in a PNG."""


def size_of(figure: Figure, font: QFont) -> QSize:
    """How large the figure is saved, in logical pixels."""
    return QSize(WIDTH, max(HEIGHT, round(height_needed(figure, font))))


def saved(figure: Figure, form: str, font: QFont) -> bytes:
    """The bytes of a picture. Raises BadInput for a format that is not of `FORMATS`."""
    own = QFont(font)
    own.setPixelSize(13)
    size = size_of(figure, own)
    return written(form, size, figure.title, figure.summary, lambda p, room: _draw(figure, p, room, own))


def _draw(figure: Figure, painter: QPainter, room: QRectF, font: QFont) -> None:
    Painter(figure, painter, room, font, dark=False).paint()


def written(form: str, size: QSize, title: str, summary: str, paint: Paint) -> bytes:
    """The bytes of a picture that `paint` draws, with its name and its words. Raises BadInput as `saved` does."""
    if form not in FORMATS:
        raise BadInput(f"{form!r} is no picture format", place="plot", mend=f"use one of {', '.join(FORMATS)}")
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    room = QRectF(0, 0, size.width(), size.height())
    if form == "png":
        QImageWriter(buffer, QByteArray(b"png")).write(pixels(size, summary, paint))
    else:
        device = _svg(size, title, summary, buffer) if form == "svg" else _pdf(size, title, buffer)
        painter = QPainter(device)
        paint(painter, room)
        painter.end()
    buffer.close()
    return bytes(data.data())


def pixels(size: QSize, summary: str, paint: Paint, scale: float = SHARPNESS) -> QImage:
    """What `paint` draws as an image of `size` logical pixels, `scale` device pixels each."""
    made = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(scale)
    made.setText("Description", summary)
    painter = QPainter(made)
    paint(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return made


def image(figure: Figure, size: QSize, font: QFont, *, dark: bool = False, scale: float = SHARPNESS) -> QImage:
    """The figure as an image of `size` logical pixels, `scale` device pixels each."""

    def paint(painter: QPainter, room: QRectF) -> None:
        Painter(figure, painter, room, font, dark=dark).paint()

    return pixels(size, figure.summary, paint, scale)


def _svg(size: QSize, title: str, summary: str, buffer: QBuffer) -> "QSvgGenerator":
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    generator.setDescription(summary)
    return generator


def _pdf(size: QSize, title: str, buffer: QBuffer) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setResolution(DOTS_PER_INCH)
    points = QSizeF(size.width() * 72 / DOTS_PER_INCH, size.height() * 72 / DOTS_PER_INCH)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    return writer
