"""Colours by name in light and dark, and the palette and style sheet made from them."""

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette

Mode = Literal["light", "dark", "system"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")

# Hues are those of Okabe and Ito (2008), shifted in lightness until text in them stands out by 4.5 : 1.
LIGHT: Mapping[str, str] = {
    "window": "#f5f6f7",
    "panel": "#fcfcfd",
    "card": "#ffffff",
    "card_border": "#d3d7dd",
    "text": "#1b2026",
    "muted": "#57606b",
    "faint": "#8d959f",
    "accent": "#0067a8",
    "accent_text": "#ffffff",
    "danger": "#b04400",
    "warning": "#8a5a00",
    "success": "#00704e",
    "edge": "#87909b",
    "lane_noumenon": "#f1f0f6",
    "lane_perception": "#f7eff4",
    "lane_instantiation": "#ecf3f9",
    "lane_reachability": "#ecf5f0",
    "lane_observation": "#f8f3e7",
    "rule": "#e0e3e7",
    "hover": "#ebeef1",
    "selection": "#d4e6f4",
}
DARK: Mapping[str, str] = {
    "window": "#15171a",
    "panel": "#1a1d21",
    "card": "#22262b",
    "card_border": "#3b424b",
    "text": "#e4e7ea",
    "muted": "#a2abb5",
    "faint": "#737d88",
    "accent": "#62b3ea",
    "accent_text": "#0b1a26",
    "danger": "#f58a55",
    "warning": "#e6ad45",
    "success": "#4fc399",
    "edge": "#707a86",
    "lane_noumenon": "#201e2b",
    "lane_perception": "#291d25",
    "lane_instantiation": "#172430",
    "lane_reachability": "#172620",
    "lane_observation": "#292416",
    "rule": "#2d3238",
    "hover": "#262a30",
    "selection": "#1f3c52",
}
LIGHT_STATES: Mapping[str, str] = {
    "fixed": "#006a7d",
    "fine": "#00704e",
    "unlikely": "#5d6670",
    "critical": "#005f9e",
    "replaceable": "#8f4574",
    "redundant": "#8a5a00",
    "harmful": "#b04400",
    "undecided": "#6e6400",
    "inconclusive": "#6b5d52",
    "ready": "#0067a8",
    "locked": "#68717b",
    "running": "#1f6d96",
    "done": "#00704e",
    "waived": "#7a5470",
    "stale": "#a04d00",
    "open": "#00704e",
    "closed": "#68717b",
}
DARK_STATES: Mapping[str, str] = {
    "fixed": "#52c2d4",
    "fine": "#4fc399",
    "unlikely": "#9aa3ad",
    "critical": "#6fb8ee",
    "replaceable": "#dd97bd",
    "redundant": "#e6ad45",
    "harmful": "#f58a55",
    "undecided": "#d9cf52",
    "inconclusive": "#bda999",
    "ready": "#62b3ea",
    "locked": "#98a1ab",
    "running": "#7cc4ec",
    "done": "#4fc399",
    "waived": "#c79ab6",
    "stale": "#f0a060",
    "open": "#4fc399",
    "closed": "#98a1ab",
}


class Theme(QObject):
    """The colours of the window. Always either light or dark; follows the system while the mode is `system`."""

    changed = Signal()

    def __init__(self, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = mode
        self._dark = self._wanted()
        self._cache: dict[str, QColor] = {}
        if QGuiApplication.instance() is not None:
            QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def mode(self) -> Mode:
        """`light`, `dark` or `system`."""
        return self._mode

    @property
    def dark(self) -> bool:
        """Whether text is light on dark."""
        return self._dark

    def set_mode(self, mode: Mode) -> None:
        """Choose light, dark, or what the system says. Raises ValueError for another word."""
        if mode not in MODES:
            raise ValueError(f"{mode!r} is no theme; choose one of {', '.join(MODES)}")
        self._mode = mode
        self._follow()

    def colour(self, name: str) -> QColor:
        """The colour of a part of the window. Raises KeyError for an unknown name."""
        return self._looked_up(name, DARK if self._dark else LIGHT)

    def state_colour(self, word: str) -> QColor:
        """The colour of a verdict, of a step's state or of a gate's; legible as text on every surface."""
        return self._looked_up(word, DARK_STATES if self._dark else LIGHT_STATES)

    def _looked_up(self, name: str, table: Mapping[str, str]) -> QColor:
        colour = self._cache.get(name)
        if colour is None:
            colour = self._cache[name] = QColor(table[name])
        return QColor(colour)

    def _wanted(self) -> bool:
        if self._mode != "system":
            return self._mode == "dark"
        if QGuiApplication.instance() is None:
            return False
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def _follow(self) -> None:
        dark = self._wanted()
        if dark != self._dark:
            self._dark = dark
            self._cache = {}
            self.changed.emit()


def palette_of(theme: Theme) -> QPalette:
    """The palette for Fusion."""
    c = theme.colour
    palette = QPalette()
    roles: tuple[tuple[QPalette.ColorRole, str], ...] = (
        (QPalette.ColorRole.Window, "window"),
        (QPalette.ColorRole.WindowText, "text"),
        (QPalette.ColorRole.Base, "card"),
        (QPalette.ColorRole.AlternateBase, "panel"),
        (QPalette.ColorRole.Text, "text"),
        (QPalette.ColorRole.Button, "panel"),
        (QPalette.ColorRole.ButtonText, "text"),
        (QPalette.ColorRole.BrightText, "danger"),
        (QPalette.ColorRole.ToolTipBase, "card"),
        (QPalette.ColorRole.ToolTipText, "text"),
        (QPalette.ColorRole.PlaceholderText, "muted"),
        (QPalette.ColorRole.Highlight, "accent"),
        (QPalette.ColorRole.HighlightedText, "accent_text"),
        (QPalette.ColorRole.Accent, "accent"),
        (QPalette.ColorRole.Link, "accent"),
        (QPalette.ColorRole.LinkVisited, "muted"),
        (QPalette.ColorRole.Light, "card"),
        (QPalette.ColorRole.Midlight, "hover"),
        (QPalette.ColorRole.Mid, "card_border"),
        (QPalette.ColorRole.Dark, "edge"),
        (QPalette.ColorRole.Shadow, "edge"),
    )
    for role, name in roles:
        palette.setColor(role, c(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, c("faint"))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, c("card_border"))
    return palette
