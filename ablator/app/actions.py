"""Actions as rows: menus, toolbar, command palette and shortcut sheet are all made from this one table."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ablator.app.document import Document

MENUS = ("File", "Edit", "View", "Study", "Help")
TITLES = {
    "File": "&File", "Edit": "&Edit", "View": "&View", "Theme": "T&heme", "Study": "&Study", "Help": "&Help",
}  # fmt: skip
"""What menus are called on the screen; the letter after & opens them with Alt."""
When = Callable[[Document], bool]


def always(document: Document) -> bool:
    """Whatever is loaded."""
    return True


def loaded(document: Document) -> bool:
    """A study is loaded."""
    return not document.empty


def planned(document: Document) -> bool:
    """There is a plan."""
    return loaded(document) and document.plan is not None


def unsaved(document: Document) -> bool:
    """The study differs from its file, or has none."""
    return loaded(document) and (document.dirty or document.path is None)


def filed(document: Document) -> bool:
    """The study has a file."""
    return loaded(document) and document.path is not None


def in_conflict(document: Document) -> bool:
    """A merge left something to decide."""
    return loaded(document) and bool(document.study.conflicts)


def undoable(document: Document) -> bool:
    """There is a step to take back."""
    return document.undo_stack.canUndo()


def redoable(document: Document) -> bool:
    """There is a step to do again."""
    return document.undo_stack.canRedo()


def selected(document: Document) -> bool:
    """At least one element is selected."""
    return bool(document.selection)


def one_selected(document: Document) -> bool:
    """Exactly one element is selected."""
    return len(document.selection) == 1


def two_selected(document: Document) -> bool:
    """Exactly two elements are selected."""
    return len(document.selection) == 2


def asking(document: Document) -> bool:
    """The plan asks something about the selected element that has no verdict yet."""
    return step_in_question(document) is not None


def adoptable(document: Document) -> bool:
    """The plan has an arm that could become the baseline."""
    return document.plan is not None and any(step.arms for step in document.plan.steps if step.verdict)


def step_in_question(document: Document) -> str | None:
    """Id of the first step about the selected element that is still open; None where there is none."""
    if document.plan is None or not one_selected(document):
        return None
    steps = document.plan.steps_of(document.selection[0])
    from ablator.plan.types import CLOSED

    return next((s.id for s in steps if s.state not in CLOSED), None)


@dataclass(frozen=True, slots=True)
class Row:
    """One action. `keys` are portable texts; the first is shown. `menu` is a path such as `File/Open recent`.

    `group` numbers parts of a menu that a line divides. Where `scope` is `graph`, its keys work while the graph has
    the focus, so that text fields and tables keep theirs.
    """

    id: str
    text: str
    menu: str
    group: int = 0
    keys: tuple[str, ...] = ()
    when: When = always
    icon: str = ""
    checkable: bool = False
    choice: str = ""
    """Checkable rows with the same word exclude one another."""
    scope: str = "window"
    toolbar: bool = False
    help: str = ""

    @property
    def label(self) -> str:
        """The text without mnemonic and dots, in the language of the window."""
        return said(self.text).replace("&", "").removesuffix("…")


def said(text: str) -> str:
    """`text` in the language of the window."""
    return QCoreApplication.translate("Actions", text)


ROWS: tuple[Row, ...] = (
    # File
    Row("file.new", "&New study…", "File", 0, ("Ctrl+N",), always, "new", toolbar=True,
        help="Build a study from a model, settings and logs"),
    Row("file.open", "&Open…", "File", 0, ("Ctrl+O",), always, "open", toolbar=True, help="Open a study file"),
    Row("file.example", "Open &example", "File", 0, (), always, "example", help="A small decoder with hidden trouble"),
    Row("file.save", "&Save", "File", 1, ("Ctrl+S",), unsaved, "save", toolbar=True, help="Write the study durably"),
    Row("file.save-as", "Save &as…", "File", 1, ("Ctrl+Shift+S",), loaded, "save-as"),
    Row("file.versions", "Restore earlier &version…", "File", 1, (), filed, "back",
        help="What earlier saves of this file replaced"),
    Row("file.recovery", "Recovered &work…", "File", 1, (), always, "warning",
        help="Unsaved work of runs that ended before it was saved"),
    Row("file.export-plan", "Export &plan as CSV…", "File", 2, ("Ctrl+E",), planned, "table",
        help="A row a step, safe to open in a spreadsheet"),
    Row("file.export-runs", "Export &runs as CSV…", "File", 2, ("Ctrl+Shift+E",), planned, "table",
        help="A row a run, with empty columns for the results"),
    Row("file.export-picture", "Export p&icture…", "File", 2, (), planned, "picture",
        help="The graph as SVG or PNG, or graph and plan as PDF"),
    Row("file.print", "Prin&t…", "File", 2, ("Ctrl+P",), planned, "print", help="Graph and plan on paper"),
    Row("file.welcome", "&Close study", "File", 3, ("Ctrl+W",), loaded, "close"),
    Row("file.quit", "&Quit", "File", 3, ("Ctrl+Q",), always, "quit"),
    # Edit
    Row("edit.undo", "&Undo", "Edit", 0, ("Ctrl+Z",), undoable, "undo", toolbar=True),
    Row("edit.redo", "&Redo", "Edit", 0, ("Ctrl+Shift+Z", "Ctrl+Y"), redoable, "redo", toolbar=True),
    Row("edit.cut", "Cu&t", "Edit", 1, ("Ctrl+X",), selected, "cut", scope="graph"),
    Row("edit.copy", "&Copy", "Edit", 1, ("Ctrl+C",), selected, "copy", scope="graph"),
    Row("edit.paste", "&Paste", "Edit", 1, ("Ctrl+V",), loaded, "paste", scope="graph"),
    Row("edit.duplicate", "&Duplicate", "Edit", 1, ("Ctrl+D",), selected, "duplicate", scope="graph"),
    Row("edit.delete", "De&lete", "Edit", 1, ("Del",), selected, "delete", scope="graph"),
    Row("edit.rename", "Re&name…", "Edit", 2, ("F2",), one_selected, "rename", scope="graph"),
    Row("edit.select-all", "Select &all", "Edit", 2, ("Ctrl+A",), loaded, "select-all", scope="graph"),
    Row("edit.find", "Find &in the graph", "Edit", 3, ("Ctrl+F",), loaded, "search", toolbar=True),
    Row("edit.palette", "Command pal&ette…", "Edit", 3, ("Ctrl+K", "Ctrl+Shift+P"), always, "command"),
    Row("edit.preferences", "Pre&ferences…", "Edit", 4, (), always, "settings",
        help="Theme, your name, and what the program does at the start"),
    # View
    Row("view.zoom-in", "Zoom &in", "View", 0, ("Ctrl++", "Ctrl+="), loaded, "zoom-in"),
    Row("view.zoom-out", "Zoom &out", "View", 0, ("Ctrl+-",), loaded, "zoom-out"),
    Row("view.actual-size", "&1 : 1", "View", 0, ("Ctrl+1",), loaded, "actual-size"),
    Row("view.fit", "&Fit", "View", 0, ("Ctrl+0",), loaded, "fit", toolbar=True),
    Row("view.arrange", "&Arrange anew", "View", 0, (), loaded, "arrange"),
    Row("view.map", "Small &map", "View", 0, (), loaded, "", True,
        help="The whole graph in the corner, where not all of it is in view"),
    Row("view.library", "&Library", "View", 1, ("Ctrl+Shift+1",), loaded, "library", True),
    Row("view.inspector", "In&spector", "View", 1, ("Ctrl+Shift+2",), loaded, "inspector", True),
    Row("view.plan", "&Plan", "View", 1, ("Ctrl+Shift+3",), loaded, "plan", True),
    Row("view.symptoms", "S&ymptoms", "View", 1, ("Ctrl+Shift+5",), loaded, "question", True),
    Row("view.curves", "&Curves", "View", 1, ("Ctrl+Shift+6",), loaded, "curves", True),
    Row("view.plots", "Plo&ts", "View", 1, ("Ctrl+Shift+7",), loaded, "plots", True),
    Row("view.findings", "Fin&dings", "View", 1, ("Ctrl+Shift+4",), loaded, "findings", True),
    Row("view.reset", "&Reset layout", "View", 1, (), loaded, "reset"),
    Row("view.theme-system", "As the &system", "View/Theme", 2, (), always, "", True, "theme"),
    Row("view.theme-light", "&Light", "View/Theme", 2, (), always, "", True, "theme"),
    Row("view.theme-dark", "&Dark", "View/Theme", 2, (), always, "", True, "theme"),
    Row("view.full-screen", "F&ull screen", "View", 3, ("F11",), always, "full-screen", True),
    # Study
    Row("study.add", "&Add from library…", "Study", 0, ("Ctrl+L",), loaded, "add", toolbar=True,
        help="Search the ideas, claims and factors of the library"),
    Row("study.relate", "&Relate…", "Study", 0, ("Ctrl+R",), two_selected, "relate",
        help="Draw a relation between the two selected elements"),
    Row("study.record", "Record r&esult…", "Study", 1, ("Ctrl+Return",), asking, "record", toolbar=True,
        help="Put a verdict on record for the step about the selected element"),
    Row("study.results", "Record from fi&les…", "Study", 1, (), planned, "table",
        help="Tables of runs or logs, shown before they are taken in; or drop them on the window"),
    Row("study.waive", "&Waive…", "Study", 1, ("Ctrl+Shift+Return",), asking, "waive",
        help="Skip the step about the selected element, with a reason"),
    Row("study.believe", "Own pro&bability…", "Study", 1, (), asking, "question",
        help="Say how likely the selected element is the culprit, with a reason"),
    Row("study.run", "R&un…", "Study", 1, (), planned, "forward", help="Make the runs that are ready, and record them"),
    Row("study.adopt", "A&dopt…", "Study", 1, (), adoptable, "adopt", help="Make a winning arm the baseline"),
    Row("study.freeze", "&Freeze the plan…", "Study", 1, (), planned, "method",
        help="Put steps, runs, settings and rules to stop by on record before anything is run"),
    Row("study.compare", "Com&pare with…", "Study", 1, (), loaded, "table",
        help="Another study beside this one: the same, changed, only here, only there"),
    Row("study.conflicts", "Decide &conflicts…", "Study", 1, (), in_conflict, "question",
        help="Choose between the values that a merge left open"),
    Row("study.settings", "&Settings of the study…", "Study", 2, ("Ctrl+,",), loaded, "settings",
        help="Metric, goal, smallest effect, hours, budget"),
    # Help
    Row("help.pages", "&Help pages", "Help", 0, ("F1",), always, "question",
        help="Tutorial, what is read and written, running, questions; all of it can be searched"),
    Row("help.shortcuts", "&Keyboard shortcuts", "Help", 0, ("Ctrl+/",), always, "keyboard"),
    Row("help.method", "The &method", "Help", 0, (), always, "method"),
    Row("help.tour", "&Tour", "Help", 0, (), always, "example", help="The window in five steps, on the example"),
    Row("help.about", "&About Ablator", "Help", 1, (), always, "about"),
)  # fmt: skip


def row(action_id: str) -> Row:
    """The row with this id. Raises KeyError."""
    return _BY_ID[action_id]


_BY_ID = {r.id: r for r in ROWS}
