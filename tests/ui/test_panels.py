"""Retrace bar, inspector, findings and symptoms: what they show and what they change."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.theme import Theme
from ablator.core.elements import Evidence
from ablator.core.study import study_from
from ablator.ui.findings_panel import FindingsPanel
from ablator.ui.inspector import Inspector, value_of
from ablator.ui.retrace_bar import RetraceBar
from ablator.ui.symptoms_panel import SymptomsPanel
from tests.ui.panel_studies import decoder, loaded, replan


@pytest.fixture
def document(qapp: object) -> Document:
    return loaded()


def test_the_retrace_bar_tells_what_is_done_and_where_one_is(qtbot: QtBot, document: Document) -> None:
    bar = RetraceBar(document, Theme("light"))
    qtbot.addWidget(bar)
    bar.show()
    assert next(b.state.lane for b in bar.buttons.values()) == "noumenon"
    gate = bar.buttons["instantiation"]
    assert "closed" in gate.accessibleDescription()
    assert sum(b.state.present for b in bar.buttons.values()) == 1
    with qtbot.waitSignal(bar.stage_clicked) as clicked:
        pop = bar.open_popover("instantiation")
    qtbot.addWidget(pop)
    assert clicked.args == ["instantiate"]
    assert document.plan is not None
    qtbot.keyClick(pop, Qt.Key.Key_Escape)


def test_the_cheapest_way_to_a_gate_opens_it(document: Document) -> None:
    from ablator.api import decision
    from ablator.app.retrace import way_to_open

    assert document.plan is not None
    gate = document.plan.gates[0]
    way = way_to_open(document.study, document.plan, gate)
    assert way.hours == pytest.approx(sum(s.cost_hours for s in way.steps))
    known = {s.id: s for s in document.plan.steps}
    for s in way.steps:
        document.do(decision(document.study, known, s.id, "verdict", "", "me", "fine"))
    replan(document)
    assert document.plan.gates[0].state == "open"


def test_the_inspector_renames_values_and_refuses(qtbot: QtBot, document: Document) -> None:
    inspector = Inspector(document, Theme("light"))
    qtbot.addWidget(inspector)
    inspector.show()
    key = next(k for k, e in document.study.elements.items() if e.kind == "factor")
    document.select([key])
    page = inspector.element_page
    page.name.selectAll()
    qtbot.keyClicks(page.name, "Another name")
    qtbot.keyClick(page.name, Qt.Key.Key_Return)
    assert document.study.elements[key].name == "Another name"
    page.value.selectAll()
    qtbot.keyClicks(page.value, "0.5")
    qtbot.keyClick(page.value, Qt.Key.Key_Return)
    assert document.study.elements[key].value == 0.5
    page.low.selectAll()
    qtbot.keyClicks(page.low, "7")
    page.high.selectAll()
    qtbot.keyClicks(page.high, "3")
    with qtbot.waitSignal(document.refused):
        page.high.editingFinished.emit()
    document.undo()
    document.undo()
    assert document.study.elements[key].name != "Another name"
    replan(document)


def test_a_link_of_the_inspector_selects(qtbot: QtBot, document: Document) -> None:
    inspector = Inspector(document, Theme("dark"))
    qtbot.addWidget(inspector)
    inspector.show()
    idea = next(r.source for r in document.study.relations_of("instantiates"))
    document.select([idea])
    link = next(x for x in inspector.element_page.facts.links if x.text().startswith("Instantiates"))
    link.click()
    assert document.study.elements[document.selection[0]].kind == "claim"


def test_nothing_selected_shows_the_study_and_its_settings_can_be_changed(qtbot: QtBot, document: Document) -> None:
    inspector = Inspector(document, Theme("light"))
    qtbot.addWidget(inspector)
    field = inspector.study_page.form.fields["budget"]
    field.setText("33")
    field.editingFinished.emit()
    assert document.study.info.budget == 33
    inspector.study_page.epsilon.selectAll()
    qtbot.keyClicks(inspector.study_page.epsilon, "2")
    with qtbot.waitSignal(document.refused):
        inspector.study_page.epsilon.editingFinished.emit()
    assert document.study.info.epsilon == 0.1
    replan(document)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("3", 3),
        ("3.0", 3.0),
        ("1e-4", 1e-4),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("cosine", "cosine"),
        ("[1", "[1"),
    ],
)
def test_values_are_read_as_people_type_them(text: str, value: object) -> None:
    got = value_of(text)
    assert got == value
    assert type(got) is type(value)


def test_a_finding_selects_and_is_mended(qtbot: QtBot, qapp: object) -> None:
    study = decoder()
    lost = Evidence(id="f1", kind="fact", name="batch_size", value=3, element="gone")
    document = loaded(study_from(study.info, study.elements.values(), study.relations.values(), [lost]))
    panel = FindingsPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    row = next(n for n, f in enumerate(panel.model.findings) if f.code == "ABL505")
    panel.table.selectRow(row)
    assert panel.mend_button.isEnabled()
    panel.mend_button.click()
    assert not document.study.evidence
    replan(document)
    assert "ABL505" not in {f.code for f in panel.model.findings}


def test_ticking_a_symptom_replans_and_unticking_takes_it_back(qtbot: QtBot, document: Document) -> None:
    panel = SymptomsPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    panel.show()
    before = [row.culprit.element for row in panel.culprits]
    key = str(panel.list.item(3).data(Qt.ItemDataRole.UserRole))
    panel.tick(key, True)
    assert any(e.name == key for e in document.study.evidence.values())
    replan(document)
    assert [row.culprit.element for row in panel.culprits]
    assert before
    panel.tick(key, False)
    assert not document.study.evidence
    replan(document)
    assert [row.culprit.element for row in panel.culprits] == before


def test_the_search_hides_symptoms_that_do_not_fit(qtbot: QtBot, document: Document) -> None:
    panel = SymptomsPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    panel.show()
    panel.search.setText("nan")
    shown = [n for n in range(panel.list.count()) if not panel.list.item(n).isHidden()]
    assert 0 < len(shown) < panel.list.count()


def test_a_culprits_reason_does_not_repeat_its_probability(qtbot: QtBot, document: Document) -> None:
    panel = SymptomsPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    panel.show()
    assert panel.culprits
    assert not any("probability" in row.culprit.why for row in panel.culprits)
    assert all("full run" in row.culprit.why for row in panel.culprits)
