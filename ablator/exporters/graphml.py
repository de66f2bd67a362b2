"""A study's graph as GraphML, for yEd, Gephi or networkx."""

from collections.abc import Mapping

from ablator.core.study import Study
from ablator.plan.types import Plan

NODE_KEYS = ("lane", "kind", "name", "slot", "status", "value", "parameters", "step", "order", "state", "verdict")
EDGE_KEYS = ("kind", "group", "note")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def graphml(study: Study, plan: Plan) -> str:
    """Elements as nodes with the place of their step in the plan, relations as directed edges; sorted by id."""
    steps = {s.element: s for s in reversed(plan.steps)}
    lines = [HEAD]
    for target, keys in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
        lines += [f'  <key id="{target}-{k}" for="{target}" attr.name="{k}" attr.type="string"/>\n' for k in keys]
    lines.append('  <graph id="study" edgedefault="directed">\n')
    for key in sorted(study.elements):
        e, step = study.elements[key], steps.get(key)
        values: dict[str, object] = {
            "lane": e.lane,
            "kind": e.kind,
            "name": e.name or key,
            "slot": e.slot,
            "status": e.status,
            "value": e.value,
            "parameters": e.parameters,
            "step": step and step.id,
            "order": step and step.order,
            "state": step and step.state,
            "verdict": step and step.verdict,
        }
        lines.append(f'    <node id="{escaped(key)}">{_data("node", NODE_KEYS, values)}</node>\n')
    for rid in sorted(study.relations):
        r = study.relations[rid]
        if r.source in study.elements and r.target in study.elements:
            ends = f'source="{escaped(r.source)}" target="{escaped(r.target)}"'
            data = _data("edge", EDGE_KEYS, {"kind": r.kind, "group": r.group, "note": r.note})
            lines.append(f'    <edge id="{escaped(rid)}" {ends}>{data}</edge>\n')
    lines.append("  </graph>\n</graphml>\n")
    return "".join(lines)


def escaped(text: str) -> str:
    """Text for XML: markup escaped, characters that XML 1.0 cannot hold left out."""
    clean = "".join(c for c in text if c in "\t\n\r" or ("\x20" <= c <= "\ud7ff") or (c >= "\ue000" and c not in "￾￿"))
    for mark, word in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        clean = clean.replace(mark, word)
    return clean


def _data(target: str, keys: tuple[str, ...], values: Mapping[str, object]) -> str:
    return "".join(
        f'<data key="{target}-{k}">{escaped(str(values[k]))}</data>' for k in keys if values[k] not in (None, "")
    )
