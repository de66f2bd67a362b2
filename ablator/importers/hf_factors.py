"""Settings of the training that stand in a model's configuration: dropout, initialisation, precision."""

from collections.abc import Iterable

from ablator.importers.found import Found
from ablator.importers.hf_part import Part, is_number
from ablator.library import library

FACTORS = ("dropout", "initialisation", "low-precision-updates", "loss-weighting")


def factor_facts(part: Part) -> Iterable[Found]:
    """A fact named after the factor for each of its keys in the part; the usual key first."""
    for factor in FACTORS:
        names = library().factors[factor].config_keys.get("model_config", ())
        for name in (*names, *(("dropout",) if factor == "dropout" else ())):
            value = part.body.get(name)
            if is_number(value) or (isinstance(value, str) and factor == "low-precision-updates"):
                yield Found(factor, value, part.file, part.key(name))
