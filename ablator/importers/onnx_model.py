"""ONNX models: classes noted by the exporter first, names of weights next, operators last."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ablator.core.errors import CannotAccess
from ablator.importers.class_names import read_classes
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_config import family_of
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import Part
from ablator.importers.hf_sites import at_sites
from ablator.importers.onnx_graph import Graph, mapped, read_graph, scoped
from ablator.importers.onnx_patterns import Operators, read_patterns
from ablator.importers.weights import fold
from ablator.importers.weights_names import read_names

FORMAT = "ONNX model"
ROUGH = "the exact number of parameters (an export folds, copies and renames weights)"


def read_onnx(path: Path, name: str = "") -> Reading:
    """What a model's graph tells. Raises BadInput with the byte, CannotAccess where the file cannot be read.

    Neither weights nor external data are read.
    """
    try:
        data = mapped(path)
    except (OSError, ValueError) as wrong:
        why = (getattr(wrong, "strerror", None) or str(wrong)).lower()
        raise CannotAccess(f"the file cannot be read ({why})", place=str(path), mend="check the path") from None
    return read_model(read_graph(data, str(path)), name or path.name)


def read_model(graph: Graph, file: str) -> Reading:
    """Ideas of a graph; parameters are approximate."""
    ops = Operators(graph)
    ideas = Ideas(Part({}, "", file))
    model_type, _ = read_classes(ideas, _classes(graph))
    weights = list(scoped(graph))
    folded = fold([w.name for w in weights], [w.shape for w in weights], [w.dtype for w in weights])
    named = read_names(folded, file, complete=False)
    for idea in named.ideas:
        known = ideas.here.get(idea.idea)
        if idea.present and (known is None or known.status != "read") and idea.idea not in {"rmsnorm", "depth"}:
            ideas.here[idea.idea] = msgspec.structs.replace(idea, site="")
    read_patterns(ideas, ops)
    ideas.slots()
    owned = {i.idea: i for i in named.ideas if i.parameters}
    here = tuple(_with_share(i, owned) for i in at_sites(ideas))
    found = [f for f in named.found if f.fact != "parameters"]
    found += [
        Found("parameters", folded.parameters, file, "initializers", "inferred"),
        Found("operators", len(graph.nodes), file, "graph"),
        Found("opset", graph.opset, file, "opset_import"),
    ]
    if graph.producer:
        found.append(Found("producer", graph.producer, file, "producer_name"))
    if model_type:
        found.append(Found("model_type", model_type, file, "class hierarchy", "inferred"))
    return Reading(
        file=file,
        format=FORMAT,
        role="model",
        found=tuple(found),
        ideas=here,
        family=family_of(here),
        model_type=model_type,
        parameters=folded.parameters or None,
        unknown=tuple(_unknown(graph)),
    )


def _classes(graph: Graph) -> dict[str, str]:
    """Class of each module that some operator stands in, by a path that is its own."""
    out: dict[str, str] = {}
    for node in graph.nodes:
        for level, full in enumerate(node.classes[:-1]):
            if full and not full.startswith("__main__"):
                out.setdefault(f"{node.scope or node.name}#{level}", full)
    return out


def _unknown(graph: Graph) -> Iterable[str]:
    yield ROUGH
    yield "dropout (an export for inference leaves it out)"
    if graph.external:
        yield "the values of the weights (they lie in another file, which is not opened)"


def _with_share(idea: FoundIdea, owned: dict[str, FoundIdea]) -> FoundIdea:
    own = owned.get(idea.idea)
    if own is None or not idea.present:
        return idea
    return msgspec.structs.replace(idea, parameters=own.parameters, blocks=own.blocks, sizes=own.sizes)
