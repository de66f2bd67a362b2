"""Cells of CSV tables that no spreadsheet takes for a formula, and the text that was made safe so."""

_DANGEROUS = frozenset("=+-@\t\r\0")


def safe_cell(text: str) -> str:
    """A text cell that no spreadsheet computes: `'` before a leading = + - @ TAB CR NUL, or before such a quote."""
    if text and (
        text[0] in _DANGEROUS or (text[0] == "'" and len(text) > 1 and (text[1] in _DANGEROUS or text[1] == "'"))
    ):
        return "'" + text
    return text


def restore_cell(text: str) -> str:
    """The text that `safe_cell` made safe."""
    if len(text) > 1 and text[0] == "'" and (text[1] in _DANGEROUS or text[1] == "'"):
        return text[1:]
    return text
