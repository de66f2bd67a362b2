"""Colours, pens and fonts of the graph, made once per theme so that painting only looks them up."""

from functools import cached_property

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QGuiApplication, QPen

from ablator.core.lanes import LANES
from ablator.ui.graph.ports import GraphTheme

SOLID = Qt.PenStyle.SolidLine


def mixed(a: QColor, b: QColor, share: float) -> QColor:
    """`a` with `share` (0 … 1) of `b` in it."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        a.redF() * keep + b.redF() * share, a.greenF() * keep + b.greenF() * share, a.blueF() * keep + b.blueF() * share
    )


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 … 1, by WCAG 2."""
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: QColor, b: QColor) -> float:
    """Contrast ratio of two colours, 1 … 21, by WCAG 2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(ink: QColor, ground: QColor, wanted: float) -> QColor:
    """`ink`, moved towards black or white until it stands out from `ground` by the wanted ratio."""
    end = QColor("white") if luminance(ground) < 0.18 else QColor("black")
    for step in range(11):
        tried = mixed(ink, end, step / 10)
        if contrast(tried, ground) >= wanted:
            return tried
    return end


class Look:
    """Everything that painting looks up. Holds no state of the graph; replaced as a whole when the theme changes."""

    def __init__(self, theme: GraphTheme) -> None:
        self.theme = theme
        self.dark = theme.dark
        self.window = theme.colour("window")
        self.card = theme.colour("card")
        self.text = theme.colour("text")
        self.muted = readable(theme.colour("muted"), self.card, 4.5)
        self.accent = theme.colour("accent")
        self.danger = theme.colour("danger")
        self.border = theme.colour("card_border")
        self.track = mixed(self.card, self.text, 0.10)
        self.bands: dict[str, QColor] = {lane: theme.colour(f"lane_{lane}") for lane in LANES}
        self.edge = readable(theme.colour("edge"), self.bands["instantiation"], 3.4)
        self.headers: dict[str, QColor] = {lane: mixed(self.bands[lane], self.text, 0.035) for lane in LANES}
        self.inks: dict[str, QColor] = {lane: self._ink(lane) for lane in LANES}
        self.rule = mixed(self.window, self.text, 0.16)
        self.faded_text = mixed(self.text, self.card, 0.62)
        self.faded_muted = mixed(self.muted, self.card, 0.62)
        self.faded_border = mixed(self.border, self.card, 0.4)
        self.fall = readable(theme.colour("warning"), self.card, 3.0)
        self.names_far = True
        self.states: dict[str, tuple[QColor, QColor]] = {}
        self._far_fonts: dict[int, tuple[QFont, QFontMetricsF]] = {}

    def _ink(self, lane: str) -> QColor:
        """A strong colour of a lane's hue, for glyphs and bars on its cards."""
        tint = self.bands[lane]
        hue = tint.hslHueF()
        strong = QColor.fromHslF(max(hue, 0.0), 0.42 if hue >= 0 else 0.0, 0.68 if self.dark else 0.36)
        return readable(strong, self.card, 4.5)

    def state(self, word: str) -> tuple[QColor, QColor]:
        """(colour of a mark, colour of the sign on it when it is filled)."""
        if word not in self.states:
            colour = readable(self.theme.state_colour(word), self.card, 3.0)
            sign = max((QColor("white"), QColor("#111111")), key=lambda c: contrast(c, colour))
            self.states[word] = (colour, sign)
        return self.states[word]

    @cached_property
    def name_font(self) -> QFont:
        """Of a card's name."""
        return self._font(12, QFont.Weight.Medium)

    @cached_property
    def small_font(self) -> QFont:
        """Of a card's second row."""
        return self._font(11, QFont.Weight.Normal)

    def far_font(self, size: int) -> tuple[QFont, QFontMetricsF]:
        """Of a name in a far view, so many scene units high, and what measures it."""
        if size not in self._far_fonts:
            font = self._font(size, QFont.Weight.Medium)
            self._far_fonts[size] = (font, QFontMetricsF(font))
        return self._far_fonts[size]

    @cached_property
    def symbol_font(self) -> QFont:
        """Of a lane's symbol."""
        return self._font(13, QFont.Weight.DemiBold)

    @cached_property
    def index_font(self) -> QFont:
        """Of the letter below a lane's symbol."""
        return self._font(9, QFont.Weight.DemiBold)

    @cached_property
    def name_metrics(self) -> QFontMetricsF:
        """Of the name's font."""
        return QFontMetricsF(self.name_font)

    @cached_property
    def small_metrics(self) -> QFontMetricsF:
        """Of the second row's font."""
        return QFontMetricsF(self.small_font)

    @cached_property
    def border_pen(self) -> QPen:
        """Round a card."""
        return cosmetic(self.border, 1.0)

    @cached_property
    def hollow_pen(self) -> QPen:
        """Round the card of an absent idea."""
        return cosmetic(mixed(self.muted, self.card, 0.25), 1.2, Qt.PenStyle.DashLine)

    @cached_property
    def card_brush(self) -> QBrush:
        """Inside a card."""
        return QBrush(self.card)

    @staticmethod
    def _font(pixels: int, weight: QFont.Weight) -> QFont:
        font = QFont(QGuiApplication.font())
        font.setPixelSize(pixels)
        font.setWeight(weight)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font


def cosmetic(colour: QColor, width: float, style: Qt.PenStyle = SOLID) -> QPen:
    """A pen whose width does not grow with the zoom."""
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen
