"""Settings: typed rows that survive a restart and forgive a damaged file."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.settings import RECENT, ROWS, Settings


def test_defaults_hold_until_set(qapp: object) -> None:
    settings = Settings()
    assert {row.key: settings.get(row.key) for row in ROWS} == {row.key: row.default for row in ROWS}
    assert not settings.file.exists()


def test_values_survive_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    with qtbot.waitSignal(settings.changed) as told:
        settings.set("look/theme", "dark")
    assert told.args == ["look/theme"]
    settings.sync()
    assert Settings(tmp_path / "s.ini").get("look/theme") == "dark"


def test_wrong_keys_and_values_are_errors(qapp: object) -> None:
    settings = Settings()
    with pytest.raises(KeyError):
        settings.get("look/font")
    with pytest.raises(ValueError):
        settings.set("look/theme", "sepia")


def test_a_damaged_file_reads_as_defaults(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "s.ini").write_bytes(b"[look]\ntheme=sepia\n[window]\ngeometry=12\n\xff\xfe[[[")
    settings = Settings(tmp_path / "s.ini")
    assert settings.get("look/theme") == "system"
    assert settings.get("window/geometry").isEmpty()


def test_recent_studies_newest_first_without_the_lost_ones(tmp_path: Path, qapp: object) -> None:
    settings = Settings(tmp_path / "s.ini")
    files = [tmp_path / f"{n}.ablation" for n in range(RECENT + 3)]
    for file in files:
        file.write_text("{}")
        settings.remember(file)
    settings.remember(files[5])
    assert settings.recent()[0] == files[5]
    assert len(settings.recent()) == RECENT
    files[5].unlink()
    assert files[5] not in settings.recent()
    settings.sync()
    again = Settings(tmp_path / "s.ini")
    assert again.recent() == settings.recent()


def test_one_recent_study_is_still_a_list(tmp_path: Path, qapp: object) -> None:
    only = tmp_path / "a, b.ablation"
    only.write_text("{}")
    settings = Settings(tmp_path / "s.ini")
    settings.remember(only)
    settings.sync()
    assert Settings(tmp_path / "s.ini").recent() == [only]
