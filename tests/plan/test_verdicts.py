"""A short form of tests/benchmarks/verdicts.py: verdicts of known truth, by the program's own code."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

STUDIES = 50


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    file = Path(__file__).parents[1] / "benchmarks" / "verdicts.py"
    spec = importlib.util.spec_from_file_location("verdicts", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_verdicts_of_known_truth_are_rarely_wrong(bench: ModuleType) -> None:
    tally = bench.measured(range(STUDIES))
    assert tally.share("plan false claim") <= 0.1
    assert tally.share("plan equivalent arm") <= 0.1
    assert tally.share("plan coverage at the end") >= 0.9
    assert tally.share("plan power") >= 0.78
    assert tally.share("one seed false claim") > 2 * tally.share("plan false claim")
    assert "the plan" in bench.table(tally)


def test_a_collapsed_arm_is_never_critical(bench: ModuleType) -> None:
    tally = bench.measured(range(6), "collapsed arm")
    assert tally.share("three seeds false claim, collapsed arm") == 1.0
    assert tally.share("plan false claim, collapsed arm") < 0.4
