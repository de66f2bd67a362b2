"""The pages of help in a window of their own: a list, a search over all of them, and the chosen page."""

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QFont, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ablator.app import help_texts

NAME = Qt.ItemDataRole.UserRole


def _said(text: str) -> str:
    return QCoreApplication.translate("Help", text)


class HelpDialog(QDialog):
    """Shows one page at a time, of those that are shipped with the program; nothing is fetched from anywhere."""

    def __init__(self, parent: QWidget | None, name: str = "method") -> None:
        super().__init__(parent)
        self.setWindowTitle(_said("Help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = ""
        self.field = QLineEdit()
        self.field.setPlaceholderText(_said("Search all pages"))
        self.field.setAccessibleName(_said("Search all pages"))
        self.field.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(_said("Pages"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page = QTextBrowser()
        self.page.setAccessibleName(_said("Page"))
        self.page.setOpenLinks(False)
        self.page.document().setDocumentMargin(16)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        column.addWidget(self.list)
        both = QSplitter()
        both.addWidget(left)
        both.addWidget(self.page)
        both.setChildrenCollapsible(False)
        both.setSizes([260, 640])
        both.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.addWidget(both)
        self.resize(920, 660)
        self.field.textChanged.connect(self.search)
        self.list.currentItemChanged.connect(self._chosen)
        self.page.anchorClicked.connect(self._follow)
        self.search("")
        self.show_page(name)

    def search(self, words: str) -> None:
        """List the pages that hold every word, and show the first where the page on show is none of them."""
        hits = help_texts.found(words)
        self.list.blockSignals(True)
        self.list.clear()
        for hit in hits:
            item = QListWidgetItem(hit.title)
            item.setData(NAME, hit.name)
            item.setToolTip(hit.title)
            self.list.addItem(item)
        self.list.blockSignals(False)
        if not hits:
            self.name = ""
            self.page.setPlainText(_said("No page holds these words."))
        else:
            self.show_page(self.name if any(h.name == self.name for h in hits) else hits[0].name)

    def show_page(self, name: str) -> None:
        """Show a page, from its first word that is searched for; nothing happens where there is no such page."""
        page = help_texts.page(name)
        if page is None:
            return
        row = next((i for i in range(self.list.count()) if self.list.item(i).data(NAME) == name), -1)
        if row < 0:
            self.field.clear()  # lists all pages again, this one among them
            self.show_page(name)
            return
        self.list.blockSignals(True)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        if name != self.name:
            self.name = name
            self.page.setMarkdown(page.text)
            self._dress()
        self._go_to(self.field.text().split())

    def _dress(self) -> None:
        """Code in a font of one width, in the size of the text around it."""
        cursor = QTextCursor(self.page.document())
        block = self.page.document().begin()
        while block.isValid():
            if block.blockFormat().hasProperty(block.blockFormat().Property.BlockCodeFence):
                cursor.setPosition(block.position())
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
                form = cursor.charFormat()
                form.setFontStyleHint(QFont.StyleHint.Monospace)
                form.setFontFamilies(["monospace"])
                cursor.setCharFormat(form)
            block = block.next()

    def _go_to(self, words: list[str]) -> None:
        start = QTextCursor(self.page.document())
        self.page.setTextCursor(start)
        hits = [c for c in (self.page.document().find(w, start) for w in words) if not c.isNull()]
        if hits:
            self.page.setTextCursor(min(hits, key=lambda c: c.selectionStart()))
        self.page.ensureCursorVisible()

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.show_page(item.data(NAME))

    def _follow(self, address: QUrl) -> None:
        text = address.toString()
        if text.startswith("#"):
            self.page.scrollToAnchor(text[1:])
            return
        self.show_page(help_texts.linked(self.name, text))
