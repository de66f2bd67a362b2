"""A study's graph as node-link JSON, as networkx reads it with `node_link_graph(data, edges="edges")`."""

from typing import Any

import msgspec

from ablator.core.study import FORMAT, VERSION, Study, attributes
from ablator.files.graph_text import FORMAT_KEY, MORE, PLACES, RECORD_KEY, STUDY_KEY, VERSION_KEY
from ablator.files.study_bytes import row_value
from ablator.plan.freezing import record_lines
from ablator.plan.types import Plan


def node_link(study: Study, plan: Plan) -> str:
    """Elements as nodes with the place of their step in the plan, relations as directed edges; sorted by id."""
    steps = {s.element: s for s in reversed(plan.steps)}
    nodes = []
    for key in sorted(study.elements):
        node, step = _row(study.elements[key]), steps.get(key)
        if step is not None:
            places = (step.id, step.order, step.state, step.verdict)
            node |= {k: v for k, v in zip(PLACES, places, strict=True) if v is not None}
        nodes.append(node)
    edges = [{**_row(r), "key": r.kind} for _, r in sorted(study.relations.items())]
    record = record_lines(study, plan)
    document = {
        "directed": True,
        "multigraph": True,
        "graph": {FORMAT_KEY: FORMAT, VERSION_KEY: VERSION, STUDY_KEY: row_value(study.info)}
        | ({RECORD_KEY: record} if record else {}),
        "nodes": nodes,
        "edges": edges,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def _row(row: msgspec.Struct) -> dict[str, Any]:
    """A row's attributes; keys that this version does not know stand together, so that none clashes with our own."""
    known = {key for _, key, _ in attributes(type(row))}
    plain = row_value(row)
    more = {k: v for k, v in plain.items() if k not in known}
    return {**{k: v for k, v in plain.items() if k in known}, **({MORE: more} if more else {})}
