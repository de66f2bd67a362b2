"""Graph and plan as the bytes of a picture or a document, and onto a printer."""

import math

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.plan.types import Plan
from ablator.ui.paper.graph_sheet import GraphSheet
from ablator.ui.paper.plan_sheets import PlanSheets
from ablator.ui.paper.words import say, study_name

FORMATS = ("svg", "png", "pdf")
DOTS_PER_INCH = 96
PAPER_DOTS = 300
"""Dots to the inch on paper: a hairline is as thin as one of them."""
SHARPNESS = 2
"""Device pixels to a unit of the sheet in a PNG, as long as it stays within `LARGEST`."""
LARGEST = 16_000
"""Pixels of the longer side of a PNG at most."""
EDGE = 32.0
"""Of the paper round the graph, in ninety-sixths of an inch, both sides together."""
PAGE = QSizeF(297, 210)
"""Millimetres of a page of the PDF: A4, lying."""


def picture(study: Study, plan: Plan, form: str) -> bytes:
    """The graph as SVG or PNG, or a PDF of the graph and the pages of the plan. Raises BadInput for another format."""
    if form not in FORMATS:
        raise BadInput(f"{form!r} is no picture format", place="picture", mend=f"use one of {', '.join(FORMATS)}")
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if form == "pdf":
        _pdf(study, plan, buffer)
    elif form == "svg":
        _svg(GraphSheet(study, plan), buffer)
    else:
        _png(GraphSheet(study, plan), buffer)
    buffer.close()
    return bytes(data.data())


def _png(sheet: GraphSheet, buffer: QBuffer) -> None:
    size = sheet.size
    zoom = min(float(SHARPNESS), LARGEST / max(size.width(), size.height()))
    image = QImage(math.ceil(size.width() * zoom), math.ceil(size.height() * zoom), QImage.Format.Format_RGB32)
    image.setText("Title", sheet.title)
    image.setText("Description", sheet.summary)
    image.setDevicePixelRatio(zoom)
    painter = QPainter(image)
    sheet.paint(painter, zoom)
    painter.end()
    QImageWriter(buffer, QByteArray(b"png")).write(image)


def _svg(sheet: GraphSheet, buffer: QBuffer) -> None:
    from PySide6.QtSvg import QSvgGenerator

    size = sheet.size.toSize()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(sheet.title)
    generator.setDescription(sheet.summary)
    painter = QPainter(generator)
    sheet.paint(painter)
    painter.end()


def _pdf(study: Study, plan: Plan, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setTitle(say("{0}: graph and plan").format(study_name(study)))
    writer.setCreator("Ablator")
    writer.setResolution(PAPER_DOTS)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(PAGE, QPageSize.Unit.Millimeter, "A4", QPageSize.SizeMatchPolicy.ExactMatch),
            QPageLayout.Orientation.Portrait,  # the size is given as it lies
            QMarginsF(0, 0, 0, 0),
        )
    )
    paint_pages(study, plan, writer)


def paint_pages(study: Study, plan: Plan, device: QPagedPaintDevice) -> int:
    """Graph and plan on the pages of a printer or a document, from edge to edge of what it prints; how many pages."""
    painter = QPainter(device)
    dots = device.logicalDpiX() / DOTS_PER_INCH
    page = QSizeF(device.width() / dots, device.height() / dots)
    sheets = PlanSheets(study, plan, page)
    graph = GraphSheet(study, plan, max(page.width() / max(page.height(), 1.0), 0.5))
    pages = 1 + len(sheets.pages)
    painter.save()
    painter.scale(dots, dots)
    fits = min((page.width() - EDGE) / graph.size.width(), (page.height() - EDGE) / graph.size.height())
    painter.translate((page.width() - graph.size.width() * fits) / 2, EDGE / 2)
    painter.scale(fits, fits)
    graph.paint(painter, fits)
    painter.restore()
    for n in range(len(sheets.pages)):
        device.newPage()
        painter.save()
        painter.scale(dots, dots)
        sheets.paint(painter, n, n + 2, pages)
        painter.restore()
    painter.end()
    return pages
