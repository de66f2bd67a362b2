"""Fair sizes: how wide a two-layer MLP must be to hold as many parameters as what it replaces."""

from collections.abc import Mapping

from ablator.core.elements import Element


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
