"""A study's graph as GraphML, for yEd, Gephi or networkx; read back, it gives the same elements and relations."""

import json
from collections.abc import Iterable, Mapping

from ablator.core.elements import Element, Relation
from ablator.core.study import FORMAT, VERSION, Study, attributes
from ablator.files.graph_text import FORMAT_KEY, MORE, PLACES, RECORD_KEY, STUDY_KEY, VERSION_KEY, row_texts
from ablator.files.study_bytes import row_value
from ablator.plan.freezing import record_lines
from ablator.plan.types import Plan, Step

GRAPH_KEYS = (FORMAT_KEY, VERSION_KEY, STUDY_KEY, RECORD_KEY)
NODE_KEYS = (*(key for _, key, _ in attributes(Element) if key != "id"), *PLACES, MORE)
EDGE_KEYS = (*(key for _, key, _ in attributes(Relation) if key not in {"source", "target"}), MORE)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def graphml(study: Study, plan: Plan) -> str:
    """Elements as nodes with the place of their step in the plan, relations as directed edges; sorted by id.

    Only attributes that some row has are declared.
    """
    steps = {s.element: s for s in reversed(plan.steps)}
    nodes = {key: _node(e, steps.get(key)) for key, e in sorted(study.elements.items())}
    edges = {
        rid: row_texts(r)
        for rid, r in sorted(study.relations.items())
        if r.source in study.elements and r.target in study.elements
    }
    info = json.dumps(row_value(study.info), ensure_ascii=True, sort_keys=True)
    head = {FORMAT_KEY: FORMAT, VERSION_KEY: str(VERSION), STUDY_KEY: info}
    record = record_lines(study, plan)
    if record:
        head[RECORD_KEY] = "\n".join(record)
    lines = [HEAD]
    for target, keys, rows in (
        ("graph", GRAPH_KEYS, [head]),
        ("node", NODE_KEYS, nodes.values()),
        ("edge", EDGE_KEYS, edges.values()),
    ):
        lines += _declared(target, keys, rows)
    lines.append('  <graph id="study" edgedefault="directed">\n')
    lines.append(f"    {_data('graph', GRAPH_KEYS, head)}\n")
    for key, texts in nodes.items():
        lines.append(f'    <node id="{escaped(key)}">{_data("node", NODE_KEYS, texts)}</node>\n')
    for rid, texts in edges.items():
        ends = f'source="{escaped(texts["source"])}" target="{escaped(texts["target"])}"'
        lines.append(f'    <edge id="{escaped(rid)}" {ends}>{_data("edge", EDGE_KEYS, texts)}</edge>\n')
    lines.append("  </graph>\n</graphml>\n")
    return "".join(lines)


def _node(element: Element, step: Step | None) -> dict[str, str]:
    out = row_texts(element, {"name": element.id})
    if step is not None:
        places = (step.id, str(step.order), step.state, step.verdict or "")
        out |= {k: v for k, v in zip(PLACES, places, strict=True) if v}
    return out


def _declared(target: str, keys: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> list[str]:
    used = {key for row in rows for key in row}
    return [
        f'  <key id="{target}-{k}" for="{target}" attr.name="{k}" attr.type="string"/>\n' for k in keys if k in used
    ]


def escaped(text: str) -> str:
    """Text for XML: markup escaped, characters that XML 1.0 cannot hold left out."""
    clean = "".join(c for c in text if c in "\t\n\r" or ("\x20" <= c <= "\ud7ff") or (c >= "\ue000" and c not in "￾￿"))
    for mark, word in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        clean = clean.replace(mark, word)
    return clean


def _data(target: str, keys: tuple[str, ...], texts: Mapping[str, str]) -> str:
    return "".join(f'<data key="{target}-{k}">{escaped(texts[k])}</data>' for k in keys if k in texts)
