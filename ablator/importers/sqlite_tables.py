"""SQLite files of experiment trackers: opened for reading alone, bounded in rows and time, told by their tables."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ablator.core.errors import BadInput

MAX_ROWS = 200_000
MAX_STEPS = 3000
"""Ten-thousands of steps of SQLite's machine that one file may take, a few seconds."""

MAX_CELL = 1 << 20


class Tables:
    """The tables of an open database; only real ones are ever asked for, views and triggers are left alone."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base
        self.columns: dict[str, tuple[str, ...]] = {}
        for name, kind in base.execute("select name, type from sqlite_master limit 1000").fetchall():
            if kind == "table" and isinstance(name, str) and name.isidentifier():
                rows = base.execute(f"pragma table_info({name})").fetchall()
                self.columns[name] = tuple(str(r[1]) for r in rows)

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with these columns."""
        return table in self.columns and set(columns) <= set(self.columns[table])

    def rows(self, table: str, columns: Sequence[str], order: str = "rowid") -> list[tuple[Any, ...]]:
        """At most MAX_ROWS rows of a table; both names must be ones that `has` knows."""
        words = ", ".join(columns)
        return self._base.execute(f"select {words} from {table} order by {order} limit {MAX_ROWS}").fetchall()


@contextmanager
def opened(path: Path) -> Iterator[Tables]:
    """The database, read-only. Raises BadInput where it is damaged, or takes too long."""
    place = str(path)
    steps = 0

    def watch() -> int:
        nonlocal steps
        steps += 1
        return steps > MAX_STEPS

    alone = not path.with_name(path.name + "-wal").exists()  # without a log nothing is written while we read
    uri = f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if alone else ''}"
    base = None
    try:
        base = sqlite3.connect(uri, uri=True, timeout=2.0)
        base.text_factory = lambda raw: raw.decode("utf-8", "replace")
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
        base.set_progress_handler(watch, 10_000)
        base.execute("pragma trusted_schema = off")
        base.execute("pragma query_only = on")
        yield Tables(base)
    except (sqlite3.Error, OverflowError) as wrong:
        what = "it takes too long to read" if steps > MAX_STEPS else str(wrong)[:120]
        raise BadInput(
            f"the database cannot be read (table or header: {what})", place=place, mend="copy it again"
        ) from None
    finally:
        if base is not None:
            base.close()
