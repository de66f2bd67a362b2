"""Looks of the whole program: Fusion, one palette, a small style sheet, one type scale."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from ablator.app.plain import shortened
from ablator.app.theme import Theme, palette_of
from ablator.resources import resource

FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Liberation Sans", "DejaVu Sans")
"""Tried in this order where the system names no font of its own."""
PLAIN = frozenset({"", "Sans", "Sans Serif", "sans-serif", "DejaVu Sans"})
LEAST_POINTS = 10.0
SCALE = {"small": 0.9, "body": 1.0, "strong": 1.0, "title": 1.3, "display": 2.0}
"""The type scale, as multiples of the body."""

_SHEET = """
QToolTip {{ color: {text}; background: {card}; border: 1px solid {card_border}; padding: 4px 6px; }}
QMainWindow::separator {{ background: {rule}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QMenuBar {{ background: {window}; border-bottom: 1px solid {rule}; }}
QMenuBar::item {{ padding: 4px 8px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; color: {text}; }}
QMenuBar::item:pressed {{ background: {selection}; }}
QToolBar {{ background: {window}; border: none; border-bottom: 1px solid {rule}; spacing: 2px; padding: 2px; }}
QToolBar::separator {{ background: {rule}; width: 1px; margin: 6px 6px; }}
QToolBar QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; color: {text}; }}
QToolBar QToolButton:hover {{ background: {hover}; }}
QToolBar QToolButton:pressed, QToolBar QToolButton:checked {{ background: {selection}; }}
QToolBar QToolButton:focus {{ border-color: {accent}; }}
QToolBar QToolButton:disabled {{ color: {faint}; }}
QStatusBar {{ background: {window}; border-top: 1px solid {rule}; color: {muted}; }}
QStatusBar::item {{ border: none; }}
QDockWidget {{ color: {muted}; }}
QDockWidget::title {{ background: {window}; padding: 6px 10px; text-align: left; border-bottom: 1px solid {rule}; }}
QDockWidget > QWidget {{ background: {panel}; }}
QTabBar {{ background: {window}; }}
QTabBar::tab {{ background: {window}; color: {muted}; padding: 5px 12px; border: none;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:hover {{ background: {hover}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QPushButton {{ background: {card}; color: {text}; border: 1px solid {card_border}; border-radius: 5px;
    padding: 5px 12px; min-height: 16px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {selection}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {faint}; background: {panel}; }}
QPushButton[quiet="true"] {{ background: transparent; border-color: transparent; color: {muted}; padding: 3px 8px; }}
QPushButton[quiet="true"]:hover {{ background: {hover}; color: {text}; }}
QPushButton[quiet="true"]:focus {{ border-color: {accent}; color: {text}; }}
QPushButton[quiet="true"]:checked {{ background: {selection}; color: {text}; }}
QPushButton[quiet="true"]:disabled {{ background: transparent; color: {faint}; }}
QPushButton:default, QPushButton[leading="true"] {{ background: {accent}; color: {accent_text};
    border-color: {accent}; }}
QPushButton:default:hover, QPushButton[leading="true"]:hover {{ background: {accent}; }}
QPushButton:default:focus, QPushButton[leading="true"]:focus {{ border-color: {text}; }}
QPushButton:default:disabled, QPushButton[leading="true"]:disabled {{ background: {hover}; color: {faint};
    border-color: {card_border}; }}
QLineEdit, QPlainTextEdit {{ background: {card}; color: {text}; border: 1px solid {card_border}; border-radius: 5px;
    padding: 4px 6px; selection-background-color: {accent}; selection-color: {accent_text};
    placeholder-text-color: {muted}; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {accent}; }}
QPlainTextEdit[role="plain"] {{ background: transparent; border: 1px solid transparent; padding: 0; color: {text}; }}
QPlainTextEdit[role="plain"]:focus {{ border-color: {accent}; }}
QLineEdit:disabled {{ color: {faint}; background: {panel}; }}
QComboBox {{ background: {card}; color: {text}; border: 1px solid {card_border}; border-radius: 5px;
    padding: 4px 6px; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox:disabled {{ color: {faint}; background: {panel}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{down}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {card}; border: 1px solid {card_border}; }}
QCheckBox::indicator, QAbstractItemView::indicator {{ width: 13px; height: 13px; border: 1px solid {edge};
    border-radius: 3px; background: {card}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{ background: {accent}; border-color: {accent};
    image: url("{check}"); }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:disabled {{ border-color: {card_border}; background: {panel}; }}
QLineEdit[wrong="true"] {{ border-color: {danger}; }}
QAbstractItemView {{ border: none; outline: none; }}
QTableView {{ selection-background-color: {selection}; selection-color: {text}; }}
QTableView[role="list"]::item {{ padding: 0 5px; }}
QListView::item {{ padding: 2px 4px; border-radius: 4px; }}
QListView::item:hover {{ background: {hover}; }}
QListView::item:selected {{ background: {selection}; color: {text}; }}
QScrollArea, QScrollArea > QWidget > QWidget[role="page"] {{ border: none; background: transparent; }}
QHeaderView::section {{ background: {panel}; color: {muted}; border: none;
    border-bottom: 1px solid {rule}; padding: 4px 8px; }}
QMenu {{ background: {card}; border: 1px solid {card_border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 8px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::icon {{ padding-left: 6px; }}
QMenu::separator {{ height: 1px; background: {rule}; margin: 4px 8px; }}
QLabel[tone="muted"] {{ color: {muted}; }}
QLabel[tone="danger"] {{ color: {danger}; }}
QLabel[tone="warning"] {{ color: {warning}; }}
QLabel[tone="success"] {{ color: {success}; }}
QFrame[role="panel"] {{ background: {panel}; border: 1px solid {rule}; border-radius: 8px; }}
QFrame[role="bar"] {{ background: {panel}; border: none; border-bottom: 1px solid {rule}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {card_border}; border-radius: 4px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; background: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QProgressBar {{ background: {hover}; border: none; border-radius: 3px; height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
"""


def style_sheet(theme: Theme) -> str:
    """The style sheet in the colours of a theme."""
    names = (
        "window", "panel", "card", "card_border", "text", "muted", "faint", "accent", "accent_text", "danger",
        "warning", "success", "edge", "rule", "hover", "selection",
    )  # fmt: skip
    mode = "dark" if theme.dark else "light"
    marks = {mark: resource("themes", f"{mark}-{mode}.svg").as_posix() for mark in ("check", "down")}
    return _SHEET.format(**{name: theme.colour(name).name() for name in names}, **marks)


def dress(app: QApplication, theme: Theme) -> None:
    """Give the program its looks; to be called again when the theme changes."""
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
        app.setFont(body_font(app.font()))
    app.setPalette(palette_of(theme))
    app.setStyleSheet(style_sheet(theme))


def body_font(system: QFont) -> QFont:
    """The system's font, or the first that is there of `FAMILIES`; never smaller than ten points."""
    font = QFont(system)
    if font.family() in PLAIN:
        font.setFamilies(list(FAMILIES))
    if 0 < font.pointSizeF() < LEAST_POINTS:
        font.setPointSizeF(LEAST_POINTS)
    return font


def sized(widget: QWidget, size: str) -> QWidget:
    """Set a widget's font by the type scale: `small`, `body`, `strong`, `title` or `display`."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * SCALE[size])
    if size in {"strong", "title", "display"}:
        font.setWeight(QFont.Weight.DemiBold)
    widget.setFont(font)
    return widget


def label(text: str = "", size: str = "body", tone: str = "", *, wrap: bool = False) -> QLabel:
    """A label of plain text; at most 2,000 characters are shown."""
    from PySide6.QtCore import Qt

    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(shortened(text))
    made.setWordWrap(wrap)
    if tone:
        made.setProperty("tone", tone)
    if size != "body":
        sized(made, size)
    return made
