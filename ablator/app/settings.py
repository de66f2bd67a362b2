"""What the program remembers between two starts: settings as rows with a type, a default and a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QCoreApplication, QObject, QSettings, QStandardPaths, Signal

RECENT = 12
"""Studies remembered."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: where it is kept, of which type it is, what holds until it is set, and what it is for."""

    key: str
    kind: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    name: str = ""
    """What it is called on the page of preferences; those without a name are not on it."""
    names: tuple[str, ...] = ()
    """What the choices are called there."""
    empty: str = ""
    """What stands in an empty field."""


ROWS: tuple[Row, ...] = (
    Row("look/theme", str, "system", "Colours of the window. What is printed is always light.",
        ("system", "light", "dark"), "Theme", ("As the system", "Light", "Dark")),
    Row("person/name", str, "", "Verdicts, waivers and results that you enter are signed with it.",
        name="Your name", empty="as you are logged in"),
    Row("files/recent", list, (), "Studies opened last, newest first"),
    Row("files/folder", str, "", "Folder in which the file dialogs open"),
    Row("plan/settled", bool, False, "Whether settled steps are shown row by row in the plan"),
    Row("plan/columns", list, (), "Columns of the plan that a person shows (+) or hides (-)"),
    Row("graph/map", bool, True, "The whole graph in the corner, where not all of it is in view.",
        name="Small map of the graph"),
    Row("files/reopen", bool, False, "Without a file to open, begin where the program was closed.",
        name="Open the last study at the start"),
    Row("help/tour", bool, True, "The way round in five steps, until it was gone or skipped.",
        name="Offer the tour on the example"),
    Row("window/geometry", QByteArray, QByteArray(), "Size and place of the window"),
    Row("window/docks", QByteArray, QByteArray(), "Where the docks lie"),
)  # fmt: skip
PREFERENCES: tuple[Row, ...] = tuple(row for row in ROWS if row.name)
"""What a person chooses on the page of preferences, in its order."""


def said(text: str) -> str:
    """`text` in the language of the window."""
    return QCoreApplication.translate("Settings", text)


class Settings(QObject):
    """The one holder of settings. A value that is missing or of a wrong type reads as its default."""

    changed = Signal(str)
    """The key whose value is new."""

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = {row.key: row for row in ROWS}
        self._store = QSettings(str(file or _own_file()), QSettings.Format.IniFormat, self)

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return Path(self._store.fileName())

    def get(self, key: str) -> Any:
        """The value of a setting, of its row's type. Raises KeyError for a key without a row."""
        row = self._rows[key]
        if not self._store.contains(key):
            return row.default
        value = _converted(row, self._store.value(key))
        return row.default if value is None or (row.choices and value not in row.choices) else value

    def set(self, key: str, value: Any) -> None:
        """Set a setting. Raises KeyError for a key without a row, ValueError for a value it cannot have."""
        row = self._rows[key]
        if row.choices and value not in row.choices:
            raise ValueError(f"{key} is one of {', '.join(row.choices)}")
        if value == self.get(key):
            return
        self._store.setValue(key, list(value) if row.kind is list else value)
        self.changed.emit(key)

    def reset(self, key: str) -> None:
        """Let the default hold again. Raises KeyError for a key without a row."""
        self._rows[key]
        if not self._store.contains(key):
            return
        self._store.remove(key)
        self.changed.emit(key)

    def sync(self) -> None:
        """Write everything to disk now."""
        self._store.sync()

    # Recent studies

    def recent(self) -> list[Path]:
        """Studies opened last, newest first, those that are no longer there left out."""
        return [Path(text) for text in self.get("files/recent") if Path(text).is_file()]

    def remember(self, path: Path) -> None:
        """Put a study at the head of the recent ones."""
        text = str(path.absolute())
        rest = (other for other in self.get("files/recent") if other != text)
        self.set("files/recent", [text, *rest][:RECENT])


def _own_file() -> Path:
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(folder) / "ablator" / "settings.ini"


def _converted(row: Row, value: Any) -> Any:
    """A stored value as its row's type, or None. An INI file holds a list of one as a text."""
    if row.kind is list:
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple(str(v) for v in value) if isinstance(value, Iterable) else None
    if row.kind is bool:
        return str(value).lower() in {"true", "1"}
    return value if isinstance(value, row.kind) else None
