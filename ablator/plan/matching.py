"""Fair sizes: how wide a two-layer MLP must be to hold, or to compute, as much as what it replaces."""

from collections.abc import Mapping

from ablator.core.elements import Element
from ablator.core.study import Study


def parameters_per_block(element: Element) -> int | None:
    """Parameters of the idea in one of its blocks, counted from its sizes where they tell, else shared out evenly."""
    counted = _counted(element.sizes)
    if counted is not None:
        return counted
    if element.parameters:
        return round(element.parameters / max(element.blocks or 1, 1))
    return None


def _counted(sizes: Mapping[str, int]) -> int | None:
    """Attention or MLP parameters from their dimensions, biases left out; None where the sizes don't tell."""
    width, heads, head_dim = sizes.get("inputs"), sizes.get("heads"), sizes.get("head_dim")
    if width and heads and head_dim:
        kv_heads = sizes.get("kv_heads") or heads
        return 2 * width * heads * head_dim + 2 * width * kv_heads * head_dim
    hidden = sizes.get("hidden")
    if width and hidden:
        return (sizes.get("matrices") or 2) * width * hidden
    return None


def mlp_width(element: Element) -> int | None:
    """Hidden width of a two-layer MLP (inputs → hidden → outputs, biases left out) with the idea's parameters.

    `hidden = parameters / (inputs + outputs)`, rounded to the nearest multiple of 8 that is at least 8.
    """
    inputs = element.sizes.get("inputs")
    budget = parameters_per_block(element)
    if not inputs or not budget:
        return None
    outputs = element.sizes.get("outputs") or inputs
    hidden = budget / (inputs + outputs)
    return max(8, round(hidden / 8) * 8)


CONTEXTS = ("max_position_embeddings", "n_positions", "n_ctx", "block_size", "max_seq_len", "seq_length")
"""Facts that tell how many tokens attention looks over."""


def context_of(study: Study) -> int | None:
    """Tokens in a sequence, as an artefact told; None where none did."""
    facts = {e.name: e.value for _, e in sorted(study.evidence.items()) if e.kind == "fact" and e.name in CONTEXTS}
    found = next((facts[k] for k in CONTEXTS if k in facts), None)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def multiplications(element: Element, context: int | None) -> int | None:
    """Multiplications of one block for one token: one a parameter and, for attention, scores and their weighted sum.

    Attention over `context` tokens adds `2 · context · heads · head_dim`; None where its length is not known.
    """
    counted = parameters_per_block(element)
    if counted is None:
        return None
    heads, head_dim = element.sizes.get("heads"), element.sizes.get("head_dim")
    if heads and head_dim:
        return None if context is None else counted + 2 * context * heads * head_dim
    return counted


def mlp_width_by_compute(element: Element, context: int | None) -> int | None:
    """Hidden width of a two-layer MLP with as many multiplications a token as the idea; as `mlp_width` else."""
    inputs, budget = element.sizes.get("inputs"), multiplications(element, context)
    if not inputs or not budget:
        return None
    return max(8, round(budget / (inputs + (element.sizes.get("outputs") or inputs)) / 8) * 8)
