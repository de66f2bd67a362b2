"""`export` makes no folder that was not there, but for the one that a format of many files is."""

from pathlib import Path

import pytest

from ablator.cli.exporting import FORMATS
from ablator.cli.main import main


@pytest.mark.parametrize("to", [f for f in FORMATS if f not in {"svg", "png", "pdf"}])
def test_a_place_that_is_not_there_is_refused(tmp_path: Path, to: str, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "s.ablation"
    assert main(["new", "template:mlp", "-o", str(study), "--metric", "loss", "-q"]) == 0
    assert main(["export", str(study), "--to", to, "-o", str(tmp_path / "new" / "x")]) in {2, 3}
    assert "no such file or folder" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert main(["export", str(study), "--to", to, "-o", str(tmp_path / "x")]) == 0
