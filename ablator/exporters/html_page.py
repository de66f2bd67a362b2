"""A study's report as one HTML page that loads nothing and runs nothing."""

from html import escape

from ablator.core.study import Study
from ablator.exporters.report import Section, report
from ablator.plan.types import Plan

STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse;border-top:2px solid;border-bottom:2px solid}"
    "th{border-bottom:1px solid;text-align:left}td,th{padding:.2em .7em;vertical-align:top}"
)


def html(study: Study, plan: Plan) -> str:
    """A whole page; its policy forbids scripts and everything from elsewhere."""
    found = report(study, plan)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escaped(found.title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{escaped(found.title)}</h1>",
    ]
    for section in found.sections:
        lines += _section(section)
    return "\n".join([*lines, "</body>", "</html>", ""])


def escaped(text: str) -> str:
    """Text on one line in which nothing is HTML."""
    return escape(" ".join("".join(c if c.isprintable() else " " for c in text).split()))


def _section(section: Section) -> list[str]:
    lines = [f"<h2>{escaped(section.title)}</h2>", *(f"<p>{escaped(w)}</p>" for w in section.words)]
    if section.rows:
        lines += ["<table>", "<thead>", _row("th", section.head), "</thead>", "<tbody>"]
        lines += [_row("td", r) for r in section.rows]
        lines += ["</tbody>", "</table>"]
    if section.points:
        lines += ["<ul>", *(f"<li>{escaped(p)}</li>" for p in section.points), "</ul>"]
    return lines


def _row(tag: str, cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escaped(c)}</{tag}>" for c in cells) + "</tr>"
