"""Answers for a person what can be answered here: `python checks.py ELEMENT` prints a verdict, null where it cannot.

Some checks are made; of the rest it says why nothing can be wrong with them in this example. Neither can tell that
the learning rate is too high or that residual connections are missing: that is for the runs of the plan.
"""

import collections
import json
import math
import sys

import numpy as np

import train

S = json.loads((train.HERE / "settings.json").read_text())
WITHOUT = {
    "one text of one grammar, cut by one function for training and evaluation": "input-inspection label-noise "
    "eval-preprocessing input-normalisation distribution-shift input-corruption preprocessing-parity slice-metrics "
    "padding-and-packing data-mixture data-quantity data-augmentation error-analysis",
    "the score is the mean over every letter of the held-out sentences, after the last step": "exact-evaluation "
    "eval-set-size evaluation-protocol metric-validity checkpoint-selection eval-cadence paired-comparison "
    "weight-averaging loss-reduction loss-function",
    "each step draws its batch anew, computes one gradient for all parameters, and keeps nothing of the last one":
    "shuffling frozen-parameters gradient-accumulation gradient-zeroing gradient-clipping parameter-groups",
    "plain numpy in double precision on one processor, from new weights each time": "precision low-precision-updates "
    "software-stack distributed-consistency checkpoint-resume input-pipeline-throughput pretrained-initialisation",
    "the program has no such part, and the same settings hold to the end": "eval-mode warmup lr-schedule dropout "
    "label-smoothing loss-weighting dependency-check hyperparameter-transfer short-run-proxy optimizer-choice "
    "known-result-reproduction",
    "the model is what settings.json says; the runs of the plan tell what it should be": "model-as-intended "
    "initialisation search-density divergence-rate optimisation-instability logit-growth gradient-health capacity "
    "convergence-check",
}  # fmt: skip


def loss_at_init() -> tuple[bool, str]:
    """An untrained model knows nothing: it pays the logarithm of the number of letters."""
    found, wanted = train.train({**S, "max_steps": 1}, 0)[0], math.log(len(train.LETTERS))
    return abs(found - wanted) < 0.05 * wanted, f"{found:.3f} against ln {len(train.LETTERS)} = {wanted:.3f}"


def overfit_small_batch() -> tuple[bool, str]:
    """Fifty stretches of letters can be learnt by heart at a cautious rate, whatever the rate in the settings is."""
    found = train.train({**S, "learning_rate": 0.003, "batch_size": 50, "max_steps": 900}, 0, rows=60)[1]
    return found < 0.1, f"a loss of {found:.4f} on fifty rows at a rate of 0.003"


def determinism() -> tuple[bool, str]:
    """The same seed gives the same score to the last digit."""
    one, two = (train.train({**S, "max_steps": 20}, 3)[2] for _ in range(2))
    return one == two, f"{one!r} twice"


def data_leakage() -> tuple[bool, str]:
    """No held-out sentence is among those for training."""
    known, held = sentences(0, 900), sentences(900, 960)
    return not held & known, f"{len(held & known)} of {len(held)} held-out sentences were trained on"


def duplicate_data() -> tuple[bool, str]:
    """No sentence stands there twice."""
    return len(sentences(0, 900)) == 900, f"{len(sentences(0, 900))} of 900 sentences differ"


def label_alignment() -> tuple[bool, str]:
    """Each target is the letter after its stretch."""
    letters = train.text(0, 5)
    x, y = train.windows(letters, S["window"])
    return bool((x[1:, -1] == y[:-1]).all()), "each target stands last in the next stretch"


def simple_baselines() -> tuple[bool, str]:
    """What letter counts alone score."""
    letters = train.text(0, 900)
    counts = np.array([c for _, c in sorted(collections.Counter(letters.tolist()).items())]) / len(letters)
    return True, f"counts of letters alone score {-(counts * np.log(counts)).sum():.3f}"


def sentences(start: int, end: int) -> set[str]:
    """Sentences as texts."""
    said = "".join(train.LETTERS[n] for n in train.text(start, end))
    return set(said.strip(" .").split(". "))


MADE = {f.__name__.replace("_", "-"): f for f in (
    loss_at_init, overfit_small_batch, determinism, data_leakage, duplicate_data, label_alignment, simple_baselines
)}  # fmt: skip


def main(element: str) -> None:
    """Print the verdict on one element as JSON."""
    if element in MADE:
        well, reason = MADE[element]()
        print(json.dumps({"verdict": "fine" if well else None, "reason": reason}))
        return
    reason = next((why for why, names in WITHOUT.items() if element in names.split()), None)
    print(json.dumps({"verdict": "fine" if reason else None, "reason": reason or "this example cannot tell"}))


if __name__ == "__main__":
    main(sys.argv[1])
