"""A table of results as other people write it: their words for the columns, means with a spread."""

import pytest

from ablator.plan.foreign_results import results_findings_of


def _codes(rows: list[dict[str, str]]) -> set[str]:
    return {f.code for f in results_findings_of(rows)} - {"ABL201", "ABL303"}


@pytest.mark.parametrize("word", ["Method", " Model ", "VARIANT", "Configuration"])
def test_the_column_of_arms_may_be_spelled_otherwise(word: str) -> None:
    assert _codes([{word: "baseline", "acc": "93.1"}, {word: "no norm", "acc": "92.8"}]) == {"ABL301"}


@pytest.mark.parametrize("cell", ["93.1 ± 0.2", "93,1±0,2", "93.1% +/- 0.2%", r"93.1 \pm 0.2", "93.1 +- 0.2"])
def test_a_mean_with_its_spread_is_more_than_one_run(cell: str) -> None:
    assert not _codes([{"Method": "baseline", "acc": cell}, {"Method": "no norm", "acc": cell}])


def test_a_number_of_seeds_is_believed_before_a_spread() -> None:
    rows = [
        {"Method": "baseline", "N seeds": "5", "acc": "93.1"},
        {"Method": "no norm", "N seeds": "1", "acc": "92.8 ± 0.1"},
    ]
    found = results_findings_of(rows)
    assert [(f.code, f.place) for f in found] == [("ABL201", "head"), ("ABL301", "row 2")]
