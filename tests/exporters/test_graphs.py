"""Graphs and reports: whole, readable by those they are for, and no text of a study is syntax in them."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import networkx as nx
import pytest
from hypothesis import given

from ablator.cli.main import main
from ablator.core.elements import Element, Info
from ablator.core.study import Study, study_from
from ablator.exporters.dot import dot
from ablator.exporters.graphml import graphml
from ablator.exporters.markdown import markdown
from ablator.exporters.mermaid import mermaid
from ablator.plan.planner import plan
from tests.strategies import studies

HOSTILE = '"]; evil <img src=x onerror=alert(1)> | `x` \\ end\n  subgraph ]] & \x01'


def hostile() -> Study:
    row = Element(id="idea-1", lane="instantiation", kind="idea", name=HOSTILE)
    return study_from(Info(name=HOSTILE, metric="m"), [row, msgspec.structs.replace(row, id="idea-2", name="plain")])


@given(studies(largest=8))
def test_graphml_holds_every_element_and_relation(study: Study) -> None:
    text = graphml(study, plan(study))
    ET.fromstring(text.encode())
    graph = nx.parse_graphml(text, force_multigraph=True)
    assert set(graph.nodes) == set(study.elements)
    assert graph.number_of_edges() == len(study.relations)
    assert all(graph.nodes[k]["lane"] == e.lane for k, e in study.elements.items())


@given(studies(largest=8))
def test_dot_and_mermaid_hold_a_line_an_element_and_a_relation(study: Study) -> None:
    assert len(re.findall(r"\[label=.*(style=dashed)?\];$", dot(study), re.MULTILINE)) >= len(study.elements)
    assert dot(study).count(" -> ") == len(study.relations)
    assert len(re.findall(r'^    n\d+\["', mermaid(study), re.MULTILINE)) == len(study.elements)
    assert len(re.findall(r"^  n\d+ .*\|[a-z]+\| n\d+$", mermaid(study), re.MULTILINE)) == len(study.relations)


def test_no_text_is_syntax() -> None:
    study = hostile()
    name = ET.fromstring(graphml(study, plan(study)).encode()).find(".//{*}data[@key='node-name']")
    assert name is not None
    assert name.text is not None
    assert name.text.startswith('"]; evil <img')
    assert len(mermaid(study).splitlines()) == 5
    assert "<" not in mermaid(study)
    assert "<img" not in markdown(study, plan(study))
    rows = [line for line in markdown(study, plan(study)).splitlines() if line.startswith("| 1")]
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 7


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    subprocess.run(["dot", "-Tdot"], input=dot(hostile()), text=True, check=True, capture_output=True)


@pytest.mark.parametrize("to", ["csv", "runs-csv", "graphml", "dot", "mermaid", "markdown"])
def test_every_format_goes_to_a_file_and_to_stdout(to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "s.ablation"
    assert main(["new", "template:mlp", "-o", str(study), "--quiet"]) == 0
    assert main(["export", str(study), "--to", to, "-o", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["export", str(study), "--to", to, "-o", "-"]) == 0
    assert capsys.readouterr().out.encode() == (tmp_path / "out").read_bytes()
