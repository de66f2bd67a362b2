"""The panel: search, filter, zoom, layout and what it follows."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.ui.graph.camera import NAMED
from ablator.ui.graph.card import FAR_SMALLER, LEAST_PIXELS, far_size
from ablator.ui.graph.filters import Filter, hits
from ablator.ui.graph.view import GraphPanel
from tests.ui.graph.studies import element, large, relation
from tests.ui.panel_studies import loaded, replan, symptom

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ablator.app.document import Document


def test_search_flies_to_the_hit_and_fades_the_rest(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    panel.focus_search()
    qtbot.keyClicks(panel.bar.search, "label noi")
    assert document.selection == ("noise",)
    assert panel.bar.found.text() == "1 of 1"
    assert panel.scene.cards["rope"].faded
    qtbot.waitUntil(lambda: not panel.view.camera.flying)
    assert panel.view.camera.seen().contains(panel.scene.cards["noise"].rect())
    qtbot.keyClick(panel.bar.search, Qt.Key.Key_Escape)
    assert panel.bar.search.text() == ""


def test_search_goes_from_hit_to_hit(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    qtbot.keyClicks(panel.bar.search, "noise")
    first = document.selection
    assert panel.bar.found.text() == "1 of 2"
    qtbot.keyClick(panel.bar.search, Qt.Key.Key_Return)
    assert document.selection != first
    qtbot.keyClick(panel.bar.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert document.selection == first
    qtbot.keyClicks(panel.bar.search, " zzz")
    assert panel.bar.found.text() == "no hit"


def test_names_that_begin_with_the_text_come_first(panel: "GraphPanel") -> None:
    faces = {k: c.face for k, c in panel.scene.cards.items()}
    assert hits("noise", faces, sorted(faces))[0] == "seeds"
    assert hits("token mixing", faces, sorted(faces)) == ["softmax"]
    assert hits("  ", faces, sorted(faces)) == []


def test_a_filter_hides_cards_and_their_lines(panel: "GraphPanel", document: "Document") -> None:
    panel.bar.filter.set_filter(Filter(lanes=frozenset({"instantiation"})))
    shown = {k for k, c in panel.scene.cards.items() if c.isVisible()}
    assert shown == {k for k, e in document.study.elements.items() if e.lane == "instantiation"}
    document.attempt(edits.add, [element("more", "factor", "More")])
    assert not panel.scene.cards["more"].isVisible()
    panel.fly_to("lr")
    assert panel.scene.cards["lr"].isVisible()
    panel.bar.filter.set_filter(Filter(words=frozenset({"unknown"})))
    assert [k for k, c in panel.scene.cards.items() if c.isVisible()] == ["gate"]


def test_the_filter_menu_offers_what_is_there(panel: "GraphPanel") -> None:
    button = panel.bar.filter
    button.menu().aboutToShow.emit()
    slots = next(a for a in button.menu().actions() if a.text() == "Slot").menu()
    words = [a.text() for a in slots.actions()]  # type: ignore[attr-defined]
    assert words == ["normalization", "position information", "token mixing"]
    slots.actions()[0].trigger()  # type: ignore[attr-defined]
    assert button.filter.slots == {"normalization"}
    assert button.text() == "Filter (1)"


def test_one_more_element_leaves_the_others_and_the_view_where_they_are(
    panel: "GraphPanel", document: "Document"
) -> None:
    panel.view.camera.look(QPointF(300, 300), 0.8)
    panel.view.camera.steered = True
    before = {k: QPointF(c.pos()) for k, c in panel.scene.cards.items()}
    centre = panel.view.camera.centre()
    document.attempt(edits.add, [element("more", "idea", "More")], [relation("more", "instantiates", "attention")])
    panel.scene.settle()
    assert sum(panel.scene.cards[k].pos() != p for k, p in before.items()) <= 1
    assert (panel.view.camera.centre() - centre).manhattanLength() < 2


def test_fit_shows_everything_and_one_to_one_is_one(panel: "GraphPanel", document: "Document") -> None:
    document.load(large(60, 70), None, None)
    panel.fit()
    assert panel.view.camera.seen().contains(panel.scene.content)
    assert panel.map.isHidden()
    panel.actual_size()
    assert panel.view.camera.zoom == 1.0
    assert not panel.map.isHidden()
    panel.zoom_out()
    panel.zoom_in()
    assert abs(panel.view.camera.zoom - 1.0) < 1e-9


def test_the_first_view_of_a_large_study_can_be_read(panel: "GraphPanel", document: "Document") -> None:
    document.load(large(120, 70), None, None)
    assert panel.view.camera.zoom >= NAMED
    assert panel.view.camera.seen().top() <= panel.scene.content.top()


def test_the_likeliest_culprit_is_in_the_first_view(qtbot: "QtBot", qapp: object) -> None:
    document = loaded()
    assert document.plan is not None
    last = document.plan.steps[-1].element
    assert document.attempt(edits.record_evidence, [symptom("seen", **{last: 400.0})])
    replan(document)
    small = GraphPanel(document, Theme("light"))
    qtbot.addWidget(small)
    small.resize(520, 240)
    with qtbot.waitExposed(small):
        small.show()
    qtbot.waitUntil(lambda: bool(small.scene.bands))
    assert document.plan is not None
    likely = max(document.plan.steps, key=lambda s: s.probability)
    assert small.view.camera.seen().intersects(small.scene.cards[likely.element].rect())
    assert not small.view.camera.steered


def test_the_small_map_hides_where_it_would_cover_more_than_it_shows(panel: "GraphPanel", document: "Document") -> None:
    document.load(large(120, 70), None, None)
    panel.view.camera.zoom_by(2.0)
    assert panel.map.isVisible()
    panel.map.allow(False)
    assert not panel.map.isVisible()
    panel.map.allow(True)
    panel.resize(900, 240)
    assert not panel.map.isVisible()


def test_factors_that_reopen_each_other_make_no_hairball(panel: "GraphPanel", document: "Document") -> None:
    document.load(large(4, 70), None, None)
    assert all(key[0] != "reopens" for key in panel.scene.lines._base())
    rows = {c.pos().y() for c in panel.scene.cards.values() if c.face.lane == "reachability"}
    assert len(rows) > 2


def test_far_views_are_painted_from_one_picture(panel: "GraphPanel", document: "Document") -> None:
    document.load(large(400, 400), None, None)
    panel.view.camera.look(panel.scene.content.center(), 0.15)
    far = panel.grab().toImage()
    assert len({far.pixel(x, far.height() // 2) for x in range(100, far.width(), 3)}) > 2


def test_large_layouts_are_made_elsewhere_and_late_ones_dropped(qtbot: "QtBot", document: "Document") -> None:
    import msgspec

    from ablator.app.layout import arrange_bytes
    from ablator.ui.graph.arranger import Arranger

    class Job:
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    class Jobs:
        def __init__(self) -> None:
            self.asked: list[tuple[str, bytes, object, Job]] = []

        def submit(self, name: str, payload: bytes, done: object, failed: object, progress: object = None) -> Job:
            self.asked.append((name, payload, done, Job()))
            return self.asked[-1][3]

    jobs = Jobs()
    arranger = Arranger(jobs)  # type: ignore[arg-type]
    arranger.ask(large(200, 200))
    arranger.ask(large(201, 200))
    assert [a[0] for a in jobs.asked] == ["layout", "layout"]
    assert jobs.asked[0][3].cancelled
    with qtbot.waitSignal(arranger.arranged) as told:
        jobs.asked[1][2](arrange_bytes(jobs.asked[1][1]))  # type: ignore[operator]
    assert len(told.args[0].places) == 402
    assert msgspec.msgpack.decode(jobs.asked[1][1])["columns"] == 0


def test_the_theme_repaints_without_a_new_layout(qtbot: "QtBot", document: "Document") -> None:
    from ablator.app.theme import Theme
    from ablator.ui.graph.view import GraphPanel

    theme = Theme("light")
    panel = GraphPanel(document, theme)
    qtbot.addWidget(panel)
    before = {k: QPointF(c.pos()) for k, c in panel.scene.cards.items()}
    theme.set_mode("dark")
    assert panel.scene.look.dark
    assert all(c.look.dark for c in panel.scene.cards.values())
    assert {k: c.pos() for k, c in panel.scene.cards.items()} == before


def test_hostile_names_stay_plain(panel: "GraphPanel", document: "Document") -> None:
    from ablator.ui.graph.faces import tooltip

    document.load(study_from(Info(), [element("bad", "idea", "<img src=x>\n\x00" + "y" * 5000)]), None, None)
    face = panel.scene.cards["bad"].face
    assert len(face.name) <= 2000
    assert "\n" not in face.name
    assert len(tooltip(document.study, "bad", "")) <= 2000
    panel.grab()


def test_the_current_card_is_told(qtbot: "QtBot", panel: "GraphPanel") -> None:
    qtbot.keyClick(panel.view, Qt.Key.Key_Home)
    assert "Phenomenon The next token" in panel.view.accessibleDescription()
    assert panel.view.accessibleName() == "Graph, 14 elements"


def test_the_first_view_shows_all_five_lanes_with_names_that_can_be_read(qtbot: "QtBot", qapp: object) -> None:
    low = GraphPanel(loaded(), Theme("light"))
    qtbot.addWidget(low)
    low.resize(760, 320)
    with qtbot.waitExposed(low):
        low.show()
    qtbot.waitUntil(lambda: bool(low.scene.bands))
    zoom, seen = low.view.camera.zoom, low.view.camera.seen()
    assert seen.top() <= low.scene.content.top()
    assert seen.bottom() >= low.scene.content.bottom()
    for card in low.scene.cards.values():
        size, lines = card.far_texts(far_size(zoom))
        assert lines
        assert size * zoom >= FAR_SMALLER**2 * LEAST_PIXELS


def test_a_panel_that_nobody_sees_waits_with_its_layout_and_then_makes_it_once(
    qtbot: "QtBot", document: "Document"
) -> None:
    made = GraphPanel(document, Theme("light"))
    qtbot.addWidget(made)
    found: list[object] = []
    made.arranger.arranged.connect(found.append)
    document.load(large(20, 20), None, None)
    assert not found
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: bool(found))
    made.resize(made.width() + 300, made.height())
    assert len(found) == 1


def test_lines_that_lie_as_before_are_not_drawn_anew(panel: "GraphPanel") -> None:
    before = dict(panel.scene.lines.lines)
    assert before
    panel.scene._redraw(panel.scene.study.relations)
    assert all(panel.scene.lines.lines[k] is one for k, one in before.items())
    key = next(iter(before.values())).source
    panel.scene.move_cards({key: panel.scene.cards[key].pos() + QPointF(40, 0)})
    moved = panel.scene.lines.touching(key)
    assert all((panel.scene.lines.lines[k] is not one) == (k in moved) for k, one in before.items())
