"""Icons of one family: drawn in one colour, tinted from the theme, painted when first asked for."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

from ablator.app.theme import Theme
from ablator.resources import resource

SIZES = (16, 20)
APP = "ablator"


@cache
def _drawing(name: str) -> bytes:
    return resource("icons", f"{name}.svg").read_bytes()


def pixmap(name: str, colour: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """One icon, `size` logical pixels wide. Raises FileNotFoundError for a name without a drawing."""
    from PySide6.QtSvg import QSvgRenderer

    tinted = _drawing(name).replace(b"currentColor", colour.name().encode())
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(tinted)).render(painter, QRectF(image.rect()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def icon(name: str, theme: Theme, tone: str = "text") -> QIcon:
    """An icon in a colour of the theme, pale where its control is disabled."""
    made = QIcon()
    for ratio in ratios():
        for size in SIZES:
            made.addPixmap(pixmap(name, theme.colour(tone), size, ratio))
        made.addPixmap(pixmap(name, theme.colour("faint"), SIZES[-1], ratio), QIcon.Mode.Disabled)
    return made


def ratios() -> list[float]:
    """Device pixels per logical one on the screens there are."""
    return sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()} or {1.0})


def app_icon() -> QIcon:
    """Of the window, as the desktop shows it."""
    made = QIcon()
    for size in (16, 32, 64, 128):
        made.addPixmap(pixmap(APP, QColor("black"), size))
    return made
