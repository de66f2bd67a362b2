"""Scenes: what people do with the window, told once and played by every pair of hands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPageLayout
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.jobs import Jobs
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import Decision, Element, Info, Relation, RelationKind
from ablator.core.study import Study, study_from
from ablator.files.study_file import encode, open_study
from ablator.plan.types import Plan, Step
from ablator.ui.asking import Asking, Unsaved
from ablator.ui.palette_dialog import PaletteDialog
from ablator.ui.record_dialog import RecordDialog
from ablator.ui.results_work import ResultsDialog
from ablator.ui.waive_dialog import WaiveDialog
from ablator.ui.window import MainWindow
from ablator.ui.workspace import Workspace
from tests.ui.hands import Hands

WAIT = 30_000
MANY_TABS = 60


class Answers(Asking):
    """Answers for the dialogs of the system, and notes what was asked."""

    def __init__(self) -> None:
        self.unsaved: Unsaved = "discard"
        self.study: Path | None = None
        self.target: Path | None = None
        self.asked: list[str] = []

    def about_unsaved(self, parent: QWidget, name: str) -> Unsaved:
        self.asked.append(name)
        return self.unsaved

    def for_study(self, parent: QWidget, folder: str) -> Path | None:
        return self.study

    def for_artefacts(self, parent: QWidget, folder: str) -> list[Path]:
        return []

    def for_results(self, parent: QWidget, folder: str) -> list[Path]:
        return [self.target] if self.target is not None and self.target.exists() else []

    def for_folder(self, parent: QWidget, folder: str) -> Path | None:
        return None

    def for_picture(self, parent: QWidget, suggestion: Path) -> Path | None:
        return self.target

    def for_printer(self, parent: QWidget, name: str, chosen: Callable[[QPrinter], object]) -> None:
        if self.target is not None:
            printer = QPrinter()
            printer.setDocName(name)
            printer.setPageOrientation(QPageLayout.Orientation.Landscape)
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(str(self.target))
            chosen(printer)

    def where_to_save(self, parent: QWidget, suggestion: Path, what: str, suffix: str = ".ablation") -> Path | None:
        return self.target


@dataclass
class Stage:
    """A window with hands on it, and a folder for files."""

    window: MainWindow
    hands: Hands
    qtbot: QtBot
    folder: Path
    patient: bool = False
    """Whether hands are slow: then long repetitions are cut short."""
    answers: Answers = field(default_factory=Answers)

    @property
    def document(self) -> Document:
        return self.window.document

    @property
    def work(self) -> Workspace:
        assert self.window.workspace is not None
        return self.window.workspace

    @property
    def plan(self) -> Plan:
        assert self.document.plan is not None
        return self.document.plan

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=WAIT)

    def settled(self) -> None:
        """The plan is that of the present study."""
        self.until(lambda: self.document.plan is not None and not self.document.planning)

    def dialog(self, kind: type[QDialog]) -> QDialog:
        self.until(lambda: any(d.isVisible() for d in self.window.findChildren(kind)))
        return next(d for d in self.window.findChildren(kind) if d.isVisible())

    def example(self) -> None:
        """From the welcome page to the plan of the example."""
        assert self.window.welcome.example is not None
        self.hands.click(self.window.welcome.example)
        self.until(lambda: self.window.page == "workspace")
        self.settled()
        self.until(lambda: self.work.graph.scene.cards and not self.window.jobs.busy)

    def click_card(self, key: str) -> None:
        """Select a card by a click on it."""
        view = self.work.graph.view
        self.work.graph.fly_to(key)
        self.until(lambda: not view.camera.flying)
        self.hands.click(view.viewport(), self.on_card(key))
        self.until(lambda: self.document.selection == (key,))

    def on_card(self, key: str) -> QPoint:
        """A place on a card, in the viewport of the graph."""
        graph = self.work.graph
        return graph.view.mapFromScene(graph.scene.cards[key].rect().center())

    def idea(self) -> str:
        """An idea of the study that nothing else needs."""
        study = self.document.study
        needed = {r.target for r in study.relations.values() if r.kind == "requires"}
        return next(k for k, e in study.elements.items() if e.kind == "idea" and e.present and k not in needed)

    def record(self, word: str = "") -> Step:
        """Record a verdict on the next step through its card."""
        card = self.work.plan.card
        step = self.plan.step(card.step_id)
        assert step is not None
        self.hands.click(card.record_button)
        self.fill_record(word)
        self.until(lambda: self.document.undo_stack.count() > 0)
        self.settled()
        return step

    def fill_record(self, word: str = "") -> None:
        """Choose a verdict in the open dialog, say what was seen, and accept."""
        box = self.dialog(RecordDialog)
        assert isinstance(box, RecordDialog)
        if box.tabs.currentIndex():
            bar = box.tabs.tabBar()
            self.hands.click(bar, bar.tabRect(0).center())
        button = box.verdicts[word] if word else next(iter(box.verdicts.values()))
        self.hands.click(button, QPoint(10, button.height() // 2))
        self.until(button.isChecked)
        self.hands.click(box.reason)
        self.hands.type("looked at it")
        self.hands.click(box.buttons.button(box.buttons.StandardButton.Ok))
        self.until(lambda: not self.window.findChildren(RecordDialog) or not box.isVisible())


def drop(window: MainWindow, *paths: Path) -> None:
    """Files are let fall on the window, as Qt tells it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), copy, data, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), copy, data, left, none))


def a_run_folder_becomes_a_study_with_a_plan(s: Stage) -> None:
    run = s.folder / "run"
    run.mkdir()
    (run / "config.json").write_text('{"model_type": "gpt2", "n_layer": 2, "n_head": 2, "n_embd": 64}')
    rows = ", ".join(f'{{"step": {n}, "loss": {7 - n / 100}}}' for n in range(1, 40))
    (run / "trainer_state.json").write_text(f'{{"log_history": [{rows}]}}')
    drop(s.window, run)
    s.until(lambda: s.window.page == "new")
    page = s.window.new_page
    assert page is not None
    s.until(lambda: page.preview.counts["instantiation"] > 3)
    s.hands.click(page.create_button)
    s.until(lambda: s.window.page == "workspace")
    s.settled()
    assert s.plan.steps
    assert s.document.dirty


def the_example_opens_from_the_welcome_page(s: Stage) -> None:
    s.example()
    assert len(s.work.graph.scene.cards) == len(s.document.study.elements)
    assert s.work.plan.card.step_id == next(step.id for step in s.plan.steps if step.state == "ready")


def a_verdict_settles_the_step_and_the_next_one_comes(s: Stage) -> None:
    s.example()
    step = s.record()
    after = s.plan.step(step.id)
    assert after is not None
    assert after.state == "done"
    assert s.work.plan.card.step_id != step.id
    s.hands.key("Ctrl+Z")
    s.until(lambda: not s.document.undo_stack.canUndo())
    s.settled()
    s.until(lambda: s.work.plan.card.step_id == step.id)


def a_waiver_needs_a_reason(s: Stage) -> None:
    s.example()
    step_id = s.work.plan.card.step_id
    s.hands.click(s.work.plan.card.waive_button)
    box = s.dialog(WaiveDialog)
    assert isinstance(box, WaiveDialog)
    ok = box.buttons.button(box.buttons.StandardButton.Ok)
    assert not ok.isEnabled()
    s.hands.click(box.reason)
    s.hands.type("measured last week")
    s.until(ok.isEnabled)
    s.hands.click(ok)
    s.until(lambda: any(d.step == step_id for d in s.document.study.decisions.values()))
    s.settled()
    step = s.plan.step(step_id)
    assert step is not None
    assert step.state == "waived"


def a_symptom_that_is_ticked_replans(s: Stage) -> None:
    s.example()
    before = [(step.id, step.probability) for step in s.plan.steps]
    s.hands.key("Ctrl+Shift+5")
    if not s.work.symptoms.isVisible():
        s.hands.key("Ctrl+Shift+5")
    s.until(s.work.symptoms.isVisible)
    rows = s.work.symptoms.list
    s.until(lambda: rows.count() > 10)
    n = next(n for n in range(rows.count()) if rows.item(n).checkState() == Qt.CheckState.Unchecked)
    rows.scrollToItem(rows.item(n))
    s.hands.click(rows.viewport(), rows.visualItemRect(rows.item(n)).center())
    s.until(lambda: s.document.undo_stack.count() == 1)
    s.settled()
    assert [(step.id, step.probability) for step in s.plan.steps] != before


def a_relation_that_breaks_a_law_is_refused_with_the_reason(s: Stage) -> None:
    s.example()
    graph, study = s.work.graph, s.document.study
    said: list[str] = []
    graph.message.connect(said.append)
    source = s.idea()
    target = next(
        k
        for k in study.elements
        if k != source and all(edits.why_not_related(study, source, k, kind) for kind in get_args(RelationKind))
    )
    view, cards = graph.view, graph.scene.cards
    s.click_card(source)
    view.camera.look((cards[source].rect().center() + cards[target].rect().center()) / 2, 0.6)
    handle = view.mapFromScene(cards[source].pos() + cards[source].handles()[1]) - QPoint(0, 1)
    for place in (handle, s.on_card(target)):
        assert view.viewport().rect().contains(place)
    before = s.document.study
    s.hands.drag(view.viewport(), handle, s.on_card(target))
    s.until(lambda: said)
    assert s.document.study is before
    assert s.window._message.text()


def an_idea_goes_and_comes_back_two_hundred_times(s: Stage) -> None:
    """A hundred times back and forth; fewer where the hands are slow."""
    s.example()
    before = encode(s.document.study)
    key = s.idea()
    s.click_card(key)
    s.hands.key("Del")
    s.until(lambda: key not in s.document.study.elements)
    after = encode(s.document.study)
    for _ in range(10 if s.patient else 100):
        s.hands.key("Ctrl+Z")
        assert key in s.document.study.elements
        s.hands.key("Ctrl+Shift+Z")
        assert key not in s.document.study.elements
    assert encode(s.document.study) == after
    s.hands.key("Ctrl+Z")
    assert encode(s.document.study) == before
    s.settled()


def an_idea_is_renamed_in_place(s: Stage) -> None:
    s.example()
    key = s.idea()
    s.click_card(key)
    s.hands.key("F2")
    s.until(s.work.graph.name_edit.isVisible)
    s.hands.key("Ctrl+A")
    s.hands.type("Turning")
    s.hands.key("Return")
    s.until(lambda: s.document.study.elements[key].name == "Turning")
    assert s.document.undo_stack.undoText().startswith("Rename")


def an_idea_comes_from_the_library(s: Stage) -> None:
    s.example()
    before = set(s.document.study.elements)
    s.hands.key("Ctrl+L")
    library = s.work.library
    s.until(lambda: library.field.hasFocus() and library.model.shown)
    s.hands.type("alibi")
    s.until(lambda: library.model.shown and library.model.shown[0].id == "alibi")
    s.hands.key("Return")
    s.until(lambda: set(s.document.study.elements) - before == {"alibi"})
    s.until(lambda: "alibi" in s.work.graph.scene.cards)


def a_budget_is_typed(s: Stage) -> None:
    s.example()
    s.hands.click(s.work.plan.budget)
    s.hands.key("Ctrl+A")
    s.hands.type("12")
    s.hands.key("Return")
    s.until(lambda: s.document.study.info.budget == 12.0)
    s.settled()
    assert [step.within_budget for step in s.plan.steps].count(False)


def a_study_is_saved_saved_elsewhere_and_opened_again(s: Stage) -> None:
    s.example()
    s.record()
    first, second = s.folder / "first.ablation", s.folder / "second.ablation"
    s.answers.target = first
    s.hands.key("Ctrl+S")
    s.until(lambda: not s.document.dirty)
    s.answers.target = second
    s.hands.key("Ctrl+Shift+S")
    s.until(lambda: s.document.path == second)
    assert first.read_bytes() == second.read_bytes()
    s.hands.key("Ctrl+W")
    s.until(lambda: s.window.page == "welcome")
    s.until(lambda: len(s.window.welcome.recent) == 2)
    s.hands.click(s.window.welcome.recent[0])
    s.until(lambda: s.document.path == second)
    s.settled()
    assert not s.document.dirty
    assert open_study(first)[0].same_as(s.document.study)


def the_plan_and_its_runs_are_exported(s: Stage) -> None:
    s.example()
    for keys, name, head in (("Ctrl+E", "plan.csv", "order,"), ("Ctrl+Shift+E", "runs.csv", "run,")):
        s.answers.target = s.folder / name
        s.hands.key(keys)
        s.until((s.folder / name).exists)
        assert (s.folder / name).read_text().startswith(head)


def graph_and_plan_are_printed_and_painted(s: Stage) -> None:
    s.example()
    s.answers.target = s.folder / "paper.pdf"
    s.hands.key("Ctrl+P")
    s.until(s.answers.target.exists)
    assert s.answers.target.read_bytes().startswith(b"%PDF")
    picture = s.answers.target = s.folder / "graph.svg"
    s.window.actions_made.run("file.export-picture")
    s.until(picture.exists)
    assert b"<svg" in picture.read_bytes()[:400]
    s.until(lambda: not s.window.paper.running)


def values_are_pasted_and_the_gate_opens(s: Stage) -> None:
    """All but one step below the gate are settled; its results come from a spreadsheet, with two metrics."""
    s.example()
    below = [x for x in s.plan.steps if x.stage in {"observe", "reach"} and x.verdict in {None, "unlikely"}]
    last = next(x for x in below if x.action == "tune" and len(x.runs) > 2 and x.state == "ready")
    waivers = [
        Decision(
            id=f"w-{x.id}", kind="waiver", step=x.id, element=x.element, reason="seen elsewhere", date="2026-01-02"
        )
        for x in below
        if x.id != last.id
    ]
    changes = [edits.decide(s.document.study, w) for w in waivers]
    s.document.do(Change("Waive the rest", tuple(cell for c in changes for cell in c.cells)))
    s.settled()
    assert gate(s) != "open"
    s.until(lambda: s.work.plan.card.step_id == last.id)
    s.hands.click(s.work.plan.card.record_button)
    box = s.dialog(RecordDialog)
    assert isinstance(box, RecordDialog)
    runs = [r.run for r in box.model.runs]
    lines = [f"{run}\t{2.5 + n / 100}\t{0.3 + n / 100}" for n, run in enumerate(runs)]
    QApplication.clipboard().setText("\n".join(["run\teval_loss\teval_accuracy", *lines, "elsewhere\t1\t1"]))
    box.paste()
    assert box.model.filled == len(runs)
    assert {"eval_loss", "eval_accuracy"} <= set(box.model.metrics)
    assert "elsewhere" in box.match.text()
    s.fill_record("fine")
    s.until(lambda: s.document.undo_stack.count() == 2)
    s.settled()
    rows = [e for e in s.document.study.evidence.values() if e.kind == "result" and e.run in runs]
    assert len(rows) == len(runs)
    assert all({"eval_loss", "eval_accuracy"} <= set(e.metrics) for e in rows)
    assert gate(s) in {"open", "waived"}, [g.missing for g in s.plan.gates]


def a_results_file_that_is_dropped_is_recorded(s: Stage) -> None:
    s.example()
    runs = [r for r in s.plan.runs if r.kind != "check"][:3]
    table = s.folder / "results.csv"
    rows = [f"{r.run},{2.4 + n / 10},{0.4 + n / 10}" for n, r in enumerate(runs)]
    table.write_text("\n".join(["run,eval_loss,eval_accuracy", *rows, "elsewhere,1,1"]) + "\n")
    drop(s.window, table)
    box = s.dialog(ResultsDialog)
    assert isinstance(box, ResultsDialog)
    assert box.table.rowCount() == len(runs)
    assert "elsewhere is no run of the plan" in box.left_out.text()
    s.hands.click(box.buttons.button(box.buttons.StandardButton.Ok))
    s.until(lambda: s.document.undo_stack.count() == 1)
    assert s.window.page == "workspace"
    found = {e.run: e for e in s.document.study.evidence.values() if e.kind == "result"}
    assert all(found[r.run].metrics.keys() >= {"eval_loss", "eval_accuracy"} for r in runs)
    s.settled()
    s.hands.key("Ctrl+Z")
    s.until(lambda: not s.document.undo_stack.canUndo())
    s.settled()


def gate(s: Stage) -> str:
    """How the gate before instantiate stands."""
    return next(g.state for g in s.plan.gates if g.stage == "instantiate")


def the_line_of_the_budget_is_dragged(s: Stage) -> None:
    s.example()
    table = s.work.plan.table
    s.document.attempt(edits.set_info, "budget", s.work.plan.model.hours_above(3) + 1e-6)
    s.settled()
    table.scrollToTop()
    s.until(lambda: (y := table.line_y()) is not None and 0 < y < table.viewport().height())
    y = table.line_y()
    assert y is not None
    before, steps = s.document.study.info.budget, s.document.undo_stack.count()
    s.hands.drag(table.viewport(), QPoint(60, y), QPoint(60, y - table.rowHeight(1)))
    s.until(lambda: s.document.undo_stack.count() == steps + 1)
    after = s.document.study.info.budget
    assert after is not None
    assert before is not None
    assert after < before
    s.settled()
    s.hands.key("Ctrl+Z")
    s.until(lambda: s.document.study.info.budget == before)
    s.settled()


def two_thousand_elements_are_worked_with(s: Stage) -> None:
    """Laid out away from the eye; found, selected, renamed, removed and had back."""
    s.document.load(large(2000), None, None)
    s.until(lambda: s.window.page == "workspace")
    graph = s.work.graph
    s.until(lambda: len(graph.scene.cards) == 2000 and graph.scene.bands)
    s.settled()
    s.until(lambda: not s.window.jobs.busy)
    key = "idea-1234"
    s.click_card(key)
    s.hands.key("F2")
    s.until(graph.name_edit.isVisible)
    s.hands.key("Ctrl+A")
    s.hands.type("needle")
    s.hands.key("Return")
    s.until(lambda: s.document.study.elements[key].name == "needle")
    s.hands.key("Del")
    s.until(lambda: key not in s.document.study.elements)
    s.hands.key("Ctrl+Z")
    s.until(lambda: key in s.document.study.elements)
    s.settled()
    s.until(lambda: not s.window.jobs.busy)


def large(count: int) -> Study:
    """A study of so many elements on four lanes, each idea with something that it stands on."""
    lanes = {"perception": "claim", "instantiation": "idea", "reachability": "factor", "observation": "instrument"}
    kinds = [lane for lane, share in zip(lanes, (1, 6, 2, 1), strict=True) for _ in range(share)]
    rows = [
        Element(id=f"{lanes[lane]}-{n}", lane=lane, kind=lanes[lane], name=f"{lanes[lane]} {n}", present=True)
        for n in range(count)
        for lane in [kinds[n % len(kinds)]]
    ]
    ideas = [e.id for e in rows if e.kind == "idea"]
    relations = [Relation(source=a, target=b, kind="requires") for a, b in zip(ideas[7:], ideas, strict=False)]
    return study_from(Info(name="large", metric="loss", goal="min", hours_per_run=0.1), rows, relations)


def unsaved_work_is_asked_about(s: Stage) -> None:
    s.example()
    s.record()
    s.answers.unsaved = "cancel"
    s.hands.key("Ctrl+W")
    s.until(lambda: len(s.answers.asked) == 1)
    assert s.window.page == "workspace"
    s.hands.key("Ctrl+Q")
    s.until(lambda: len(s.answers.asked) == 2)
    assert s.window.isVisible()
    s.answers.unsaved, s.answers.target = "save", s.folder / "kept.ablation"
    s.hands.key("Ctrl+W")
    s.until(lambda: s.window.page == "welcome")
    assert open_study(s.answers.target)[0].decisions


def the_keyboard_alone_does(s: Stage) -> None:
    example = s.window.welcome.example
    _tab_to(s, lambda: example is not None and example.hasFocus())
    s.hands.key("Space")
    s.until(lambda: s.window.page == "workspace")
    s.settled()
    assert s.work.graph.view.hasFocus()
    card = s.work.plan.card
    _tab_to(s, card.record_button.hasFocus)
    s.hands.key("Space")
    box = s.dialog(RecordDialog)
    assert isinstance(box, RecordDialog)
    _tab_to(s, lambda: any(b.hasFocus() for b in box.verdicts.values()))
    s.hands.key("Space")
    s.until(lambda: bool(box.verdict))
    _tab_to(s, box.reason.hasFocus)
    s.hands.type("seen")
    ok = box.buttons.button(box.buttons.StandardButton.Ok)
    _tab_to(s, ok.hasFocus)
    s.hands.key("Space")
    s.until(lambda: s.document.undo_stack.count() == 1)
    s.settled()
    s.answers.target = s.folder / "keys.ablation"
    s.hands.key("Ctrl+S")
    s.until(lambda: not s.document.dirty)


def _tab_to(s: Stage, there: Callable[[], bool]) -> None:
    """Tab until the focus is there; every stop on the way is one that can be seen and has a name."""
    for _ in range(MANY_TABS):
        if there():
            return
        s.hands.key("Tab")
        stop = QApplication.focusWidget()
        assert stop is not None
        assert stop.isVisible(), stop
    raise AssertionError(f"not reached by Tab; the focus is on {QApplication.focusWidget()}")


def the_mouse_alone_does(s: Stage) -> None:
    s.example()
    s.record()
    s.answers.target = s.folder / "mouse.ablation"
    bar = s.window.menuBar()
    menu = s.window.actions_made.menus["File"]
    s.hands.click(bar, bar.actionGeometry(menu.menuAction()).center())
    s.until(menu.isVisible)
    s.hands.click(menu, menu.actionGeometry(s.window.actions_made["file.save"]).center())
    s.until(lambda: not s.document.dirty)
    assert s.answers.target.exists()


def the_palette_runs_what_is_typed(s: Stage) -> None:
    s.example()
    for text, done in (
        ("dark", lambda: s.window.theme.dark),
        ("light", lambda: not s.window.theme.dark),
        ("select all", lambda: len(s.document.selection) == len(s.document.study.elements)),
    ):
        s.hands.key("Ctrl+K")
        box = s.dialog(PaletteDialog)
        assert isinstance(box, PaletteDialog)
        s.until(box.field.hasFocus)
        s.hands.type(text)
        s.hands.key("Return")
        s.until(done)


SCENES = (
    a_run_folder_becomes_a_study_with_a_plan,
    the_example_opens_from_the_welcome_page,
    a_verdict_settles_the_step_and_the_next_one_comes,
    a_waiver_needs_a_reason,
    a_symptom_that_is_ticked_replans,
    a_relation_that_breaks_a_law_is_refused_with_the_reason,
    an_idea_goes_and_comes_back_two_hundred_times,
    an_idea_is_renamed_in_place,
    an_idea_comes_from_the_library,
    a_budget_is_typed,
    a_study_is_saved_saved_elsewhere_and_opened_again,
    the_plan_and_its_runs_are_exported,
    graph_and_plan_are_printed_and_painted,
    values_are_pasted_and_the_gate_opens,
    a_results_file_that_is_dropped_is_recorded,
    the_line_of_the_budget_is_dragged,
    two_thousand_elements_are_worked_with,
    unsaved_work_is_asked_about,
    the_keyboard_alone_does,
    the_mouse_alone_does,
    the_palette_runs_what_is_typed,
)


def staged(qtbot: QtBot, jobs: Jobs, folder: Path) -> tuple[MainWindow, Answers]:
    """A window on the welcome page, journalled, with a worker that outlives it."""
    answers = Answers()
    settings = Settings(folder / "settings.ini")
    settings.set("help/tour", False)  # its card would lie over what hands reach for
    window = MainWindow(Document(jobs), settings, Theme("light"), jobs, answers)
    qtbot.addWidget(window, before_close_func=_let_go)
    window.resize(1500, 940)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.recovery.begin()
    return window, answers


def _let_go(window: QWidget) -> None:
    """Nothing is unsaved any more, so that closing asks nothing."""
    if isinstance(window, MainWindow):
        window.document.load(study_from(Info(), []), None, None)
