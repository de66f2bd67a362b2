"""Files of older versions open, are written as the present one only when saved, and are named where they are wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main
from ablator.core.errors import BadInput, NewerVersion
from ablator.files.study_file import decode, encode, open_study

DATA = Path(__file__).parents[1] / "data"
ZERO = DATA / "golden-0.ablation"
AS_ONE = DATA / "golden-0-as-1.ablation"


def zero(**more: Any) -> dict[str, Any]:
    return {**json.loads(ZERO.read_bytes()), **more}


@pytest.mark.compat
def test_version_0_opens_as_it_was_frozen() -> None:
    assert encode(decode(ZERO.read_bytes(), "golden")) == AS_ONE.read_bytes()


def test_what_it_held_is_there() -> None:
    study = decode(ZERO.read_bytes(), "golden")
    assert study.info.name == "Golden zero"
    assert study.info.budget == 24
    assert study.extra == {"mood": "bad"}
    attention = study.elements["attention"]
    assert (attention.kind, attention.parameters, attention.place) == ("idea", 1024, (10.5, -3.0))
    assert attention.from_ == ("config.json: num_heads",)
    assert attention.extra == {"colour": "red"}
    assert "rope requires attention" in study.relations
    assert "held-out-loss observes text" in study.relations
    assert study.evidence["run-tune-learning-rate/base/t1"].metrics == {"loss": 2.39}
    assert study.decisions["j1"].verdict == "fine"
    assert study.decisions["j2"].kind == "waiver"


def test_looking_leaves_the_file_alone_and_saving_writes_version_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.ablation"
    path.write_bytes(ZERO.read_bytes())
    for words in (["show"], ["plan"], ["next"], ["check"]):
        assert main([words[0], str(path)]) in {0, 1}
    assert path.read_bytes() == ZERO.read_bytes()
    assert main(["set", str(path), "name", "New"]) == 0
    written = json.loads(path.read_bytes())
    assert (written["version"], written["study"]["name"]) == (1, "New")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"nodes": None}, "/version"),
        ({"nodes": [{"id": "a", "layer": "M_X"}]}, "/nodes/0"),
        ({"nodes": [{"id": "a", "layer": 3}]}, "/nodes/0"),
        ({"nodes": ["a"]}, "/nodes/0"),
        ({"edges": [{"from": "rope", "to": "nowhere", "type": "depends_on"}]}, "/edges/0/target"),
        ({"edges": {}}, "/edges"),
        ({"budget_hours": -1}, "/budget_hours"),
        ({"results": [{"scores": {}}]}, "/results/0"),
        ({"judgements": 3}, "/judgements"),
        ({"version": -1}, "/version"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(change: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput) as told:
        decode(json.dumps(zero(**change)).encode(), "old")
    assert told.value.place.startswith(f"old: {place}")


def test_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "new.ablation"
    data = json.dumps({"format": "ablation-study", "version": 999}).encode()
    path.write_bytes(data)
    with pytest.raises(NewerVersion, match="999"):
        open_study(path)
    assert main(["set", str(path), "name", "x"]) == 2
    assert path.read_bytes() == data
