"""Tables as people paste them: the same findings whatever they are written in, and none on a clean one."""

import io
from pathlib import Path

import pytest

from ablator.cli.main import main
from ablator.core.errors import BadInput
from ablator.importers.pasted_table import load_pasted

HEAD = ("Variant", "Params", "Seeds", "Trials", "Acc")
CLEAN = [("baseline", "10M", "5", "8", "93.1 ± 0.2"), ("w/o norm", "10M", "5", "8", "90.0 ± 0.3")]
UNFAIR = [("baseline", "10M", "1", "8", "93.1"), ("w/o norm, w/o skip", "12M", "1", "2", "90.0")]


def latex(rows: list[tuple[str, ...]]) -> str:
    body = " \\\\\n".join(" & ".join(r) for r in rows).replace("±", "$\\pm$")
    head = " & ".join(f"\\textbf{{{h}}}" for h in HEAD)
    return (
        "% ours\n\\begin{table}\\caption{Ablations, 5 runs}\n\\begin{tabular}{@{}lc{2em}rrr@{}}\n\\toprule\n"
        f"{head} \\\\\n\\cmidrule(lr){{1-5}}\n{body} \\\\\n\\bottomrule\n\\end{{tabular}}\\end{{table}}\n"
    )


def page(rows: list[tuple[str, ...]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td><b>{c}</b></td>" for c in r) + "</tr>\n" for r in rows)
    return "<p>x</p><table><thead><tr>" + "".join(f"<th>{h}</th>" for h in HEAD) + f"</tr></thead>{lines}</table>"


def bars(rows: list[tuple[str, ...]]) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *rows]
    return "Results\n\n" + "\n".join("| " + " | ".join(r) + " |" for r in lines) + "\n"


def tabs(rows: list[tuple[str, ...]]) -> str:
    return "\n".join("\t".join(r) for r in [HEAD, *rows])


def blanks(rows: list[tuple[str, ...]]) -> str:
    lines = ["   ".join(c.ljust(20) for c in r) for r in [HEAD, *rows]]
    return "\n".join([lines[0], "-" * 80, *lines[1:]])


WAYS = {".tex": latex, ".html": page, ".md": bars, ".tsv": tabs, ".txt": blanks}


def codes(capsys: pytest.CaptureFixture[str], *words: str) -> set[str]:
    capsys.readouterr()
    main(["check", *words])
    said = capsys.readouterr()
    assert "error" not in said.err
    return {line[:6] for line in said.out.splitlines() if line.startswith("ABL")}


@pytest.mark.parametrize("suffix", sorted(WAYS))
def test_the_same_findings_in_every_way_of_writing(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"table{suffix}"
    path.write_text(WAYS[suffix](UNFAIR), encoding="utf-8")
    assert codes(capsys, str(path)) == {"ABL201", "ABL202", "ABL203", "ABL301", "ABL303"}
    path.write_text(WAYS[suffix](CLEAN), encoding="utf-8")
    assert codes(capsys, str(path)) == set()


@pytest.mark.parametrize("suffix", sorted(WAYS))
def test_what_is_pasted(suffix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Stdin:
        buffer = io.BytesIO(WAYS[suffix](UNFAIR).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert "ABL203" in codes(capsys, "-")


@pytest.mark.parametrize(
    ("cell", "single"),
    [("93.1 ± .2", False), ("93.1 (0.2)", False), ("93.1 [92.9, 93.3]", False), ("93.1+/-0.2", False), ("93.1", True)],
)
def test_a_mean_is_told_by_its_deviation(
    cell: str, single: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(f"arm\ttrials\tacc\nbaseline\t4\t{cell}\nno norm\t4\t{cell}\n", encoding="utf-8")
    assert ("ABL301" in codes(capsys, str(path))) is single


@pytest.mark.parametrize("column", ["acc_std", "stderr", "95% CI", "sd"])
def test_a_column_of_deviations_tells_repeats(column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"arm,trials,acc,{column}\nbaseline,4,93.1,0.2\nno norm,4,92.0,0.3\n")
    assert codes(capsys, str(path)) == set()


def test_a_caption_between_two_parts_is_no_row() -> None:
    text = (
        "\\begin{tabular}{ll}Arm & Acc\\\\ \\midrule \\multicolumn{2}{c}{Small} & \\\\ base & 1\\\\ x & 2\\end{tabular}"
    )
    assert load_pasted(text.encode(), "t.tex") == (("Arm", "Acc"), [("base", "1"), ("x", "2")])


@pytest.mark.parametrize("text", ["", "no table here", "\\begin{tabular}{ll}", "<table><tr></table>", "a  b\n1"])
def test_what_is_no_table_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadInput):
        load_pasted(text.encode(), "t.txt")


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(BadInput, match="row 1 has 3 cells, the head 2"):
        load_pasted(b"\\begin{tabular}{ll}a & b\\\\ 1 & 2 & 3\\\\ \\end{tabular}", "t.tex")
