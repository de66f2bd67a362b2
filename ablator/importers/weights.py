"""Named tensors folded by equal blocks, and how many parameters they really hold."""

import math
import re
from collections.abc import Iterable, Sequence

import msgspec

BUFFERS = re.compile(
    r"(running_mean|running_var|num_batches_tracked|position_ids|inv_freq|relative_position_index|"
    r"relative_coords_table|attn_mask|masked_bias|final_logits_bias|e_score_correction_bias|"
    r"\.SCB|weight_format|input_scale|output_scale|weight_scale(_inv|_2)?|activation_scale)$"
)
"""Names of tensors that no optimiser changes."""

MASK = re.compile(r"\.(attn|attention)\.bias$")
"""A causal mask that old GPT checkpoints carry along; a mask has four dimensions, a bias one."""

WHOLE = frozenset({"I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"})
NUMBER = re.compile(r"(?<![^.\n])[0-9]+(?![^.\n])")
"""A name's part that is only digits: the number of a block or an expert."""

BOOKKEEPING = (
    "qzeros",
    "scales",
    "zeros",
    "biases",
    "g_idx",
    "absmax",
    "quant_map",
    "nested_absmax",
    "nested_quant_map",
    "weight_shape",
    "weight_zero_point",
    "weight_g_idx",
)


class Weight(msgspec.Struct, frozen=True):
    """Equal tensors of equal blocks: `name` with `#` for numbers, the first real name, how many, elements of each."""

    name: str
    example: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    each: int
    """Parameters of one of them; 0 for buffers and what quantisation keeps beside its weights."""

    @property
    def parameters(self) -> int:
        """Parameters of all of them together."""
        return self.count * self.each


class Folded(msgspec.Struct, frozen=True):
    """All weights of a file, folded; `packed` names the ways of packing, `guessed` is true where bits were assumed."""

    weights: tuple[Weight, ...]
    parameters: int
    tensors: int
    packed: tuple[str, ...] = ()
    guessed: bool = False


def fold(names: Sequence[str], shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> Folded:
    """Tensors grouped by name without numbers, shape and type; parameters counted as before packing.

    >>> fold(["h.0.w", "h.1.w"], [(2, 3), (2, 3)], ["F32", "F32"]).weights[0].name
    'h.#.w'
    """
    groups: dict[tuple[str, tuple[int, ...], str], list[str]] = {}
    for name, shape, dtype, real in zip(_templates(names), shapes, dtypes, names, strict=True):
        key = (name, shape, dtype)
        known = groups.get(key)
        if known is None:
            groups[key] = [real]
        else:
            known.append(real)
    by_name: dict[str, tuple[int, ...]] = {}
    for template, shape, _ in groups:
        by_name.setdefault(template, shape)
    out, packed, guessed = [], set(), False
    for (template, shape, dtype), members in groups.items():
        each, how, assumed = _counted(template, shape, dtype, by_name)
        if how:
            packed.add(how)
        guessed = guessed or assumed
        out.append(Weight(template, members[0], shape, dtype, len(members), each))
    return Folded(tuple(out), sum(w.parameters for w in out), len(names), tuple(sorted(packed)), guessed)


def _templates(names: Sequence[str]) -> list[str]:
    """Each name with `#` for its numbers: one replacement over all of them."""
    joined = NUMBER.sub("#", "\n".join(names)).split("\n")
    if len(joined) == len(names):
        return joined
    return [NUMBER.sub("#", n) for n in names]  # some name holds a line break


def _counted(
    name: str, shape: tuple[int, ...], dtype: str, others: dict[str, tuple[int, ...]]
) -> tuple[int, str, bool]:
    """(parameters of one tensor, how it is packed, whether the bits were assumed)."""
    size = math.prod(shape)
    parent, _, last = name.rpartition(".")
    if last == "qweight":
        return _gptq(parent, shape, size, others)
    if last == "weight_packed":
        return size * 8, "compressed-tensors, 4 bits", True
    if last.endswith("_blocks") and dtype == "U8" and f"{name[:-7]}_scales" in others:
        return size * 2, "MXFP4", False
    if last.endswith("_scales") and f"{name[:-7]}_blocks" in others:
        return 0, "", False
    if dtype == "U8" and f"{name}.absmax" in others:
        return size * 2, "bitsandbytes, 4 bits", False
    if dtype == "U32" and f"{parent}.scales" in others and shape:
        return _mlx(shape, others[f"{parent}.scales"], size)
    if dtype == "I8" and (f"{parent}.SCB" in others or f"{parent}.weight_scale" in others):
        return size, "8 bits", False
    if last in BOOKKEEPING and _beside_packed(name, parent, others):
        return 0, "", False
    if ".quant_state." in name or BUFFERS.search(name) or (len(shape) == 4 and MASK.search(name)):
        return 0, "", False
    if dtype in WHOLE:
        return 0, "", False
    return size, "FP8" if dtype.startswith("F8") else "", False


def _beside_packed(name: str, parent: str, others: dict[str, tuple[int, ...]]) -> bool:
    beside = ("qweight", "weight_packed", "weight")
    return any(f"{parent}.{b}" in others for b in beside) or parent in others or name.endswith(("absmax", "quant_map"))


def _gptq(parent: str, shape: tuple[int, ...], size: int, others: dict[str, tuple[int, ...]]) -> tuple[int, str, bool]:
    """GPTQ packs the inputs, AWQ the outputs, into 32-bit words; what stands beside tells how many bits each takes."""
    scales, order = others.get(f"{parent}.scales"), others.get(f"{parent}.g_idx")
    if len(shape) != 2 or not all(shape):
        return size * 8, "packed, 4 bits", True
    if scales and len(scales) == 2 and scales[1] > shape[1]:
        bits = 32 * shape[1] / scales[1]
        return shape[0] * scales[1], f"AWQ, {bits:g} bits", False
    if order and order[0] >= shape[0]:
        return order[0] * shape[1], f"GPTQ, {32 * shape[0] / order[0]:g} bits", False
    return size * 8, "GPTQ, 4 bits", True


def _mlx(shape: tuple[int, ...], scales: tuple[int, ...], size: int) -> tuple[int, str, bool]:
    """MLX packs the inputs in 32-bit words with a scale for every 64 of them."""
    inputs = scales[-1] * 64 if scales else 0
    if not inputs or not shape[-1] or 32 * shape[-1] / inputs not in {2, 3, 4, 6, 8}:
        return size * 8, "MLX, 4 bits", True
    return size // shape[-1] * inputs, f"MLX, {32 * shape[-1] / inputs:g} bits", True


def blocks_of(weights: Iterable[Weight]) -> dict[str, int]:
    """How many equal blocks each stack of blocks has, by what stands before its number."""
    counts: dict[str, int] = {}
    for w in weights:
        if ".experts." not in w.name and w.name.count("#") == 1:
            counts[w.name] = counts.get(w.name, 0) + w.count
    out: dict[str, int] = {}
    for name, n in counts.items():
        prefix = name.partition("#")[0]
        out[prefix] = max(n, out.get(prefix, 0))
    return out
