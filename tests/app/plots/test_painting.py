"""Plots as pictures: each format holds the figure, and hostile texts and odd axes do no harm."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QImage

from ablator.app.plots.figure import Axis, Dots, Figure, Interval, Row, Rule
from ablator.app.plots.painting import DARK, LIGHT
from ablator.app.plots.saving import image, saved
from ablator.app.plots.ticks import ticks, written
from ablator.core.errors import BadInput

DOTS = Figure(
    title="Some dots <b>&",
    x=Axis("Seeds", 0, 4, True),
    y=Axis("loss", 3.0, 3.2),
    layers=(Dots(((1, 3.05), (2, 3.15)), "blue", "Repeat"), Rule(3.1, "orange", "Mean")),
    notes=("A note.",),
    summary="Two dots.",
)
FOREST = Figure(
    title="Effects",
    x=Axis("Difference", -1, 1),
    rows=(Row("Instantiate", heading=True), Row("x" * 5000, "+0.1 [0, 0.2]"), Row("b")),
    layers=(Interval(1, 0.1, 0.0, 0.2, "blue"), Interval(2, 0.0, -1e300, 1e300, "red")),
)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_texts_and_marks_stand_out(colours: dict[str, str]) -> None:
    for name in set(colours) - {"rule", "ground"}:
        dark, light = sorted((luminance(colours[name]), luminance(colours["ground"])))
        least = 4.5 if name in {"text", "muted"} else 3.0  # WCAG 2.1: texts, and what is drawn
        assert (light + 0.05) / (dark + 0.05) >= least, name


@pytest.mark.parametrize("figure", [DOTS, FOREST, Figure(title="", empty="Record values.")])
def test_every_format_holds_a_picture(qapp: object, figure: Figure) -> None:
    font = QFont()
    assert saved(figure, "png", font).startswith(b"\x89PNG")
    assert saved(figure, "pdf", font).startswith(b"%PDF")
    assert b"<svg" in saved(figure, "svg", font)[:400]


def test_an_svg_carries_the_summary(qapp: object) -> None:
    assert b"Two dots." in saved(DOTS, "svg", QFont())


def test_another_format_is_refused(qapp: object) -> None:
    with pytest.raises(BadInput):
        saved(DOTS, "gif", QFont())


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", [1, 2])
def test_the_image_has_the_ground_of_its_theme(qapp: object, dark: bool, scale: int) -> None:
    made: QImage = image(DOTS, QSize(400, 300), QFont(), dark=dark, scale=scale)
    assert (made.width(), made.height()) == (400 * scale, 300 * scale)
    assert made.pixelColor(1, 1).name() == (DARK if dark else LIGHT)["ground"]


@pytest.mark.parametrize("size", [(1, 1), (60, 900), (3000, 20)])
def test_odd_sizes_are_painted(qapp: object, size: tuple[int, int]) -> None:
    for figure in (DOTS, FOREST):
        assert not image(figure, QSize(*size), QFont()).isNull()


def test_ticks_are_round_and_told_apart() -> None:
    assert written(ticks(Axis("", -0.2, 0.11), 7)) == ["-0.20", "-0.15", "-0.10", "-0.05", "0.00", "0.05", "0.10"]
    assert ticks(Axis("", 0.5, 3.5, True), 12) == [1.0, 2.0, 3.0]
    assert ticks(Axis("", 1.0, 1.0), 5) == []
    assert written(ticks(Axis("", 0, 4e9), 4))[-1] == "4e+09"
