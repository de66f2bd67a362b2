"""A study's report as a LaTeX document with booktabs tables; no text of the study is markup in it."""

import unicodedata

from ablator.core.study import Study
from ablator.exporters.report import Section, report
from ablator.plan.types import Plan

HEAD = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,longtable,array}
\setlength{\emergencystretch}{3em}
\sloppy
"""
WORDS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_\allowbreak{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",
    "[": r"{[}",
    "]": r"{]}",
    "/": r"/\allowbreak{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "…": r"\ldots{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\rightarrow$",
    "−": r"$-$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
    "²": r"$^2$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "ε": r"$\varepsilon$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "µ": r"$\mu$",
    "σ": r"$\sigma$",
    "τ": r"$\tau$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "·": r"$\cdot$",
}
"""Characters that LaTeX would read as more than themselves."""


def latex(study: Study, plan: Plan) -> str:
    """A whole document that `pdflatex` compiles."""
    found = report(study, plan)
    lines = [HEAD + f"\\title{{{escaped(found.title)}}}", r"\date{}", r"\begin{document}", r"\maketitle"]
    for section in found.sections:
        lines += _section(section)
    return "\n".join([*lines, r"\end{document}", ""])


def escaped(text: str) -> str:
    """Text on one line in which nothing is LaTeX; letters that the fonts lack become their code point."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(WORDS.get(c) or _letter(c) for c in clean)


def _letter(c: str) -> str:
    if c.isascii() or ("\u00c0" <= c <= "\u00ff" and c not in "×÷"):
        return c
    plain = "".join(x for x in unicodedata.normalize("NFKD", c) if x.isascii() and x.isalnum())
    return plain or f"{{[}}U+{ord(c):04X}{{]}}"


def _section(section: Section) -> list[str]:
    lines = ["", f"\\section*{{{escaped(section.title)}}}"]
    for words in section.words:
        lines += [escaped(words), ""]
    if section.rows:
        share = 0.94 / sum(_weights(section))
        columns = "".join(
            f">{{\\raggedright\\arraybackslash}}p{{{share * w:.3f}\\linewidth}}" for w in _weights(section)
        )
        lines.append("{\\footnotesize\\setlength{\\tabcolsep}{2pt}")
        lines += [f"\\begin{{longtable}}{{{columns}}}", r"\toprule", _row(section.head), r"\midrule", r"\endhead"]
        lines += [_row(r) for r in section.rows]
        lines += [r"\bottomrule", r"\end{longtable}}"]
    if section.points:
        lines += [r"\begin{itemize}", *(f"\\item {escaped(p) or '~'}" for p in section.points), r"\end{itemize}"]
    return lines


def _weights(section: Section) -> list[float]:
    """Widths of the columns against each other, by the longest text in each."""
    columns = zip(section.head, *section.rows, strict=True)
    return [min(40.0, max(4.0, float(max(len(c) for c in column)))) for column in columns]


def _row(cells: tuple[str, ...]) -> str:
    return " & ".join(escaped(c) for c in cells) + r" \\"
