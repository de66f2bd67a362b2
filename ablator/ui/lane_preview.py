"""A preview of the five lanes: how much lies on each, and the names of what matters most."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ablator.app.theme import Theme
from ablator.app.words import lane_name
from ablator.core.elements import Element
from ablator.core.lanes import LANES, SYMBOLS, Lane
from ablator.core.queries import title
from ablator.core.study import Study

BAND = 66
LEFT = 124
CHIP = 22
GAP = 4
INSET = 16
"""Pixels of a chip beside its text."""
CUT = 190.0
"""Pixels of a chip at most, as long as others want room in its row."""
MORE = 40.0
"""Pixels in which the last row says how many are left."""
MOST = 40


class LanePreview(QWidget):
    """Five bands with chips. Painted, not laid out: it follows every keystroke."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._study: Study | None = None
        self.counts: dict[str, int] = dict.fromkeys(LANES, 0)
        self._chips: dict[str, list[tuple[str, bool]]] = {lane: [] for lane in LANES}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Preview of the lanes"))
        theme.changed.connect(self.update)

    def show_study(self, study: Study | None) -> None:
        """Show what a study holds, or nothing."""
        self._study = study
        for lane in LANES:
            held = [e for e in study.on_lane(lane) if e.present is not False] if study else []
            self.counts[lane] = len(held)
            ranked = sorted(held, key=_rank)
            self._chips[lane] = [(_short(e), e.present is None or e.status == "unknown") for e in ranked[:MOST]]
        told = ", ".join(f"{lane_name(lane)} {self.counts[lane]}" for lane in LANES)
        self.setAccessibleDescription(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, BAND * len(LANES))

    def minimumSizeHint(self) -> QSize:
        return QSize(280, BAND * len(LANES))

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = self.height() / len(LANES)
        for n, lane in enumerate(LANES):
            self._band(p, lane, QRectF(0, n * high, self.width(), high - 2))

    def _band(self, p: QPainter, lane: Lane, box: QRectF) -> None:
        colour = self._theme.colour
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(colour(f"lane_{lane}"))
        p.drawRoundedRect(box, 6, 6)
        p.setPen(colour("text"))
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        p.setFont(strong)
        p.drawText(box.adjusted(12, 8, 0, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, lane_name(lane))
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * 0.9)
        p.setFont(small)
        p.setPen(colour("muted"))
        self._symbol(p, lane, QPointF(box.left() + 12, box.top() + 10 + QFontMetricsF(strong).height()), small)
        self._paint_chips(p, lane, box.adjusted(LEFT, 6, -8, -6), QFontMetricsF(small))

    def _symbol(self, p: QPainter, lane: Lane, place: QPointF, font: QFont) -> None:
        """The model's letter with its subscript, and how many elements lie on the lane."""
        letter, _, sub = SYMBOLS[lane].partition("_")
        low = QFont(font)
        low.setPointSizeF(font.pointSizeF() * 0.75)
        x, base = place.x(), place.y() + QFontMetricsF(font).ascent()
        count = f" · {self.counts[lane]}" if self._study else ""
        for text, style, drop in ((letter, font, 0.0), (sub, low, 3.0), (count, font, 0.0)):
            p.setFont(style)
            p.drawText(QPointF(x, base + drop), text)
            x += QFontMetricsF(style).horizontalAdvance(text)
        p.setFont(font)

    def _paint_chips(self, p: QPainter, lane: str, box: QRectF, metrics: QFontMetricsF) -> None:
        colour = self._theme.colour
        high = max(int((box.height() + GAP) // (CHIP + GAP)), 1)
        wishes = [metrics.horizontalAdvance(name) + INSET for name, _ in self._chips[lane]]
        rows = shared_rows(wishes, box.width(), high, self.counts[lane])
        left = iter(self._chips[lane])
        x, y = box.left(), box.top()
        for n, row in enumerate(rows):
            x, y = box.left(), box.top() + n * (CHIP + GAP)
            for wide in row:
                name, open_ = next(left)
                chip = QRectF(x, y, wide, CHIP)
                p.setPen(QPen(colour("card_border"), 1, Qt.PenStyle.DashLine if open_ else Qt.PenStyle.SolidLine))
                p.setBrush(colour("card"))
                p.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
                p.setPen(colour("muted" if open_ else "text"))
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, chip.width() - INSET + 2)
                p.drawText(chip.adjusted(8, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter, shown)
                x += wide + GAP
        more = self.counts[lane] - sum(map(len, rows))
        if more > 0:
            p.setPen(colour("muted"))
            p.drawText(QRectF(x, y, MORE + GAP, CHIP), Qt.AlignmentFlag.AlignVCenter, f"+ {more}")


def shared_rows(wishes: Sequence[float], room: float, most: int, count: int) -> list[list[float]]:
    """Widths of chips, row by row; long ones are cut short, and get back what their row leaves free.

    At most `most` rows; where not all of `count` chips fit, the last row leaves room to say how many are left.
    """
    rows: list[list[float]] = [[]]
    kept: list[list[float]] = [[]]
    used = 0.0
    for n, wish in enumerate(wishes):
        wide = min(wish, CUT, room)
        reserve = MORE if len(rows) == most and count - n > 1 else 0.0
        if rows[-1] and used + wide + reserve > room:
            if len(rows) == most:
                break
            rows.append([])
            kept.append([])
            used = 0.0
        rows[-1].append(wide)
        kept[-1].append(wish)
        used += wide + GAP
    said = sum(map(len, rows)) < count
    for n, (row, wanted) in enumerate(zip(rows, kept, strict=True)):
        free = room - sum(row) - GAP * (len(row) - 1) - (MORE if said and n == len(rows) - 1 else 0.0)
        for i, wish in enumerate(wanted):
            given = min(max(free, 0.0), wish - row[i])
            row[i] += given
            free -= given
    return rows


def _rank(e: Element) -> tuple[bool, bool, float, str]:
    """What was seen before what is unknown, large before small."""
    return (e.present is None, e.status == "unknown", -(e.parameter_share or 0.0) - e.prior, e.id)


def _short(e: Element) -> str:
    return " ".join(title(e).split())[:80]
