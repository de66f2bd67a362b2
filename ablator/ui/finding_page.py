"""The page of one finding's code: what it is, why it matters, an example, the mend and the source."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ablator.resources import resource
from ablator.ui.help_pages import Page
from ablator.ui.style import label


class FindingDialog(Page):
    """Shows the shipped page of a code as plain text under its headings."""

    def __init__(self, code: str, parent: QWidget) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(8)
        for level, text in parts(page_of(code)):
            part = label(text, ("body", "title", "strong")[level], wrap=True)
            column.addWidget(part)
        column.addStretch()
        super().__init__(QCoreApplication.translate("Help", "Finding {0}").format(code), page, (480, 460), parent)


def has_page(code: str) -> bool:
    """Whether a page is shipped for this code."""
    return code.isalnum() and resource("help", "findings", f"{code}.md").is_file()


def page_of(code: str) -> str:
    """The page of a code as it is shipped. Raises FileNotFoundError where there is none."""
    if not has_page(code):
        raise FileNotFoundError(code)
    return resource("help", "findings", f"{code}.md").read_text(encoding="utf-8")


def parts(text: str) -> list[tuple[int, str]]:
    """Headings (1 or 2) and paragraphs (0) of a page in order, each on one line."""
    out: list[tuple[int, str]] = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        while lines and lines[0].startswith("#"):
            head = lines.pop(0)
            out.append((1 if head.startswith("# ") else 2, head.lstrip("# ").strip()))
        if lines:
            out.append((0, " ".join(line.strip() for line in lines)))
    return out
