"""Graph and plan on paper: every element and every step is there, light, within the page, with what must be said."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QPainter

from ablator.app.examples import example_study
from ablator.core import edits
from ablator.core.elements import Decision, Element, Info
from ablator.core.errors import BadInput
from ablator.core.study import Study, study_from
from ablator.files.study_file import open_study
from ablator.plan.planner import plan
from ablator.plan.types import CLOSED
from ablator.ui.paper.graph_sheet import GraphSheet
from ablator.ui.paper.plan_sheets import PlanSheets
from ablator.ui.paper.writing import picture


@pytest.fixture(scope="module")
def example() -> Study:
    path = example_study()
    assert path is not None
    return open_study(path)[0]


def test_an_svg_names_the_study_and_every_lane(qapp: object, example: Study) -> None:
    text = picture(example, plan(example), "svg").decode()
    assert text.startswith("<?xml")
    assert "<title>Flat decoder</title>" in text
    for word in ("Noumenon", "Perception", "Instantiation", "Reachability", "Observation", "GELU"):
        assert word in text


def test_the_same_study_gives_the_same_picture(qapp: object, example: Study) -> None:
    made = plan(example)
    assert picture(example, made, "svg") == picture(example, made, "svg")


def test_a_png_is_light_and_twice_as_sharp(qapp: object, example: Study) -> None:
    made = plan(example)
    image = QImage.fromData(picture(example, made, "png"))
    sheet = GraphSheet(example, made)
    assert abs(image.width() - 2 * sheet.size.width()) <= 2
    assert image.pixelColor(4, 4).lightness() > 250
    assert image.text("Description").startswith("Flat decoder")


def test_a_pdf_has_a_page_for_the_graph_and_the_pages_of_the_plan(qapp: object, example: Study) -> None:
    data = picture(example, plan(example), "pdf")
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert data.startswith(b"%PDF")
    assert pages >= 4


def test_every_step_stands_on_one_page_and_nothing_below_it(qapp: object, example: Study) -> None:
    made = plan(example)
    size = QSizeF(1122, 794)
    sheets = PlanSheets(example, made, size)
    rows = [row for page in sheets.pages for row in page]
    shown = [row.step.id for row in rows if row.step is not None]
    assert sorted(shown) == sorted(s.id for s in made.steps)
    pending = [s.id for s in made.steps if s.state not in CLOSED]
    assert shown[: len(pending)] == pending
    for page in sheets.pages:
        assert sum(row.height for row in page) <= size.height()
        assert not page[-1].heading
    assert sum(bool(row.line) for row in rows) == 1, "the budget is drawn once"


def test_a_waiver_stands_on_both_sheets_with_its_reason(qapp: object, example: Study) -> None:
    step = next(s for s in plan(example).steps if s.state == "ready")
    word = Decision(
        id="w", kind="waiver", step=step.id, element=step.element, reason="measured <b>last</b> week", date="2026-01-02"
    )
    waived = edits.decide(example, word).apply(example)
    made = plan(waived)
    assert "measured &lt;b&gt;last&lt;/b&gt; week" in picture(waived, made, "svg").decode()
    rows = [row for page in PlanSheets(waived, made, QSizeF(1122, 794)).pages for row in page]
    assert any("measured <b>last</b> week" in row.sentence for row in rows)


@pytest.mark.parametrize(
    "elements", [[], [Element(id="x", lane="instantiation", kind="idea", name="<img src=x>" * 400)]]
)
def test_a_study_of_nothing_and_hostile_names_are_painted(qapp: object, elements: list[Element]) -> None:
    study = study_from(Info(name="a & b <c>"), elements, [])
    made = plan(study)
    for form in ("svg", "png", "pdf"):
        assert len(picture(study, made, form)) > 500
    assert b"<img" not in picture(study, made, "svg")


def test_pages_of_other_sizes(qapp: object, example: Study) -> None:
    sheets = PlanSheets(example, plan(example), QSizeF(600, 800))
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for n in range(len(sheets.pages)):
        sheets.paint(painter, n, n + 1, len(sheets.pages))
    painter.end()


def test_another_format_is_refused(qapp: object, example: Study) -> None:
    with pytest.raises(BadInput):
        picture(example, plan(example), "gif")


def test_the_command_line_writes_the_three(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = example_study()
    target = tmp_path / "graph.png"
    words = [sys.executable, "-m", "ablator", "export", str(path), "--to", "png", "-o", str(target), "--json"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert target.read_bytes().startswith(b"\x89PNG")
