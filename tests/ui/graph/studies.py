"""Studies for tests of the graph."""

from ablator.core.elements import Element, Relation
from ablator.core.lanes import LANE_OF_KIND
from ablator.core.study import Study, study_from


def element(key: str, kind: str, name: str = "", **more: object) -> Element:
    return Element(id=key, lane=LANE_OF_KIND[kind], kind=kind, name=name, **more)  # type: ignore[index,arg-type]


def relation(source: str, kind: str, target: str, group: str = "") -> Relation:
    return Relation(source=source, target=target, kind=kind, group=group)  # type: ignore[arg-type]


def small() -> Study:
    """One phenomenon, two claims, five ideas, four factors and two instruments."""
    from ablator.core.elements import Info

    return study_from(
        Info(name="small", metric="loss", goal="min"),
        [
            element("token", "phenomenon", "The next token"),
            element("attention", "claim", "Attention is all you need"),
            element("position", "claim", "Order must be told"),
            element("softmax", "idea", "Softmax attention", slot="token_mixing"),
            element("heads", "idea", "Several heads", blocks=12, parameter_share=0.4),
            element("rope", "idea", "RoPE", slot="position_information", value=10000),
            element("norm", "idea", "RMSNorm", slot="normalization"),
            element("gate", "idea", "Gate", present=None),
            element("lr", "factor", "Learning rate", value=3e-4, category="optimisation"),
            element("batch", "factor", "Batch size", category="length-and-batch"),
            element("noise", "factor", "Label noise", category="data"),
            element("length", "factor", "Training length", category="length-and-batch"),
            element("seeds", "instrument", "Noise floor"),
            element("split", "instrument", "Leakage"),
        ],
        [
            relation("softmax", "instantiates", "attention"),
            relation("heads", "instantiates", "attention"),
            relation("rope", "instantiates", "position"),
            relation("heads", "requires", "softmax"),
            relation("rope", "requires", "softmax"),
            relation("gate", "requires", "heads"),
            relation("rope", "retunes", "lr"),
            relation("batch", "needs", "length"),
            relation("seeds", "observes", "token"),
        ],
    )


def large(ideas: int, factors: int) -> Study:
    """Ideas in chains of four under one claim, and factors that all reopen each other's neighbours."""
    elements = [element("claim", "claim", "A claim")]
    relations = []
    for i in range(ideas):
        elements.append(element(f"idea-{i}", "idea", f"Idea {i}"))
        relations.append(relation(f"idea-{i}", "instantiates", "claim"))
        if i % 4:
            relations.append(relation(f"idea-{i}", "requires", f"idea-{i - 1}"))
    for i in range(factors):
        elements.append(element(f"factor-{i}", "factor", f"Factor {i}"))
        relations.append(relation(f"factor-{i}", "reopens", f"factor-{(i + 1) % factors}"))
    return study_from(small().info, elements, relations)
