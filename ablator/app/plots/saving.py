"""A figure as the bytes of a picture: SVG, PNG or PDF, light always, with its words as the description."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QFont, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter

from ablator.app.plots.figure import Figure
from ablator.app.plots.painting import Painter, height_needed
from ablator.core.errors import BadInput

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
    if form not in FORMATS:
        raise BadInput(f"{form!r} is no picture format", place="plot", mend=f"use one of {', '.join(FORMATS)}")
    own = QFont(font)
    own.setPixelSize(13)
    size = size_of(figure, own)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if form == "png":
        QImageWriter(buffer, QByteArray(b"png")).write(image(figure, size, own))
    elif form == "svg":
        _svg(figure, size, own, buffer)
    else:
        _pdf(figure, size, own, buffer)
    buffer.close()
    return bytes(data.data())


def image(figure: Figure, size: QSize, font: QFont, *, dark: bool = False, scale: float = SHARPNESS) -> QImage:
    """The figure as an image of `size` logical pixels, `scale` device pixels each."""
    made = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(scale)
    made.setText("Description", figure.summary)
    painter = QPainter(made)
    Painter(figure, painter, QRectF(0, 0, size.width(), size.height()), font, dark=dark).paint()
    painter.end()
    return made


def _svg(figure: Figure, size: QSize, font: QFont, buffer: QBuffer) -> None:
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(figure.title)
    generator.setDescription(figure.summary)
    painter = QPainter(generator)
    Painter(figure, painter, QRectF(0, 0, size.width(), size.height()), font, dark=False).paint()
    painter.end()


def _pdf(figure: Figure, size: QSize, font: QFont, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setTitle(figure.title)
    writer.setResolution(DOTS_PER_INCH)
    points = QSizeF(size.width() * 72 / DOTS_PER_INCH, size.height() * 72 / DOTS_PER_INCH)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    Painter(figure, painter, QRectF(0, 0, size.width(), size.height()), font, dark=False).paint()
    painter.end()
