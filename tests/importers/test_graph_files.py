"""Graphs of other programs become studies: columns mapped, faults named with their place, our own exports whole."""

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings

from ablator.cli.main import main
from ablator.core.elements import Element, Info, Relation
from ablator.core.errors import BadInput, NewerVersion
from ablator.core.study import Study, same, study_from
from ablator.exporters.graphml import graphml
from ablator.exporters.node_link import node_link
from ablator.files.study_file import open_study
from ablator.importers.build import Built, Options, study_from_files
from ablator.importers.graph_kinds import graph_reading
from ablator.importers.graph_xml import looks_like_graphml
from ablator.plan.planner import plan
from ablator.plan.types import Plan
from tests.core.any_study import studies

NO_PLAN = Plan(gates=(), steps=(), runs=())
NODES = '<node id="a"><data key="n">Alpha</data><data key="t">idea</data></node><node id="b"/>'


def xml(body: str, *, directed: str = "directed", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        '<key id="n" for="node" attr.name="label" attr.type="string"/>\n'
        '<key id="t" for="node" attr.name="type" attr.type="string"/>\n'
        '<key id="w" for="all" attr.name="weight" attr.type="int"/>\n'
        '<key id="r" for="edge" attr.name="relation" attr.type="string"/>\n'
        f'<graph id="G" edgedefault="{directed}">\n{body}\n</graph></graphml>\n'
    ).encode()


def built(path: Path, data: bytes | str | dict[str, Any]) -> Built:
    if isinstance(data, dict):
        data = json.dumps(data)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return study_from_files([path], Options())


def study_of(path: Path, data: bytes | str | dict[str, Any]) -> Study:
    made = built(path, data)
    assert not made.problems, made.problems
    return made.study


def fault(path: Path, data: bytes | str | dict[str, Any]) -> BadInput:
    problems = built(path, data).problems
    assert len(problems) == 1
    assert isinstance(problems[0], BadInput)
    return problems[0]


@given(studies())
@settings(max_examples=60)
def test_round_trip_through_both_formats(tmp_path_factory: pytest.TempPathFactory, study: Study) -> None:
    folder = tmp_path_factory.mktemp("round")
    for name, text in (("g.graphml", graphml(study, NO_PLAN)), ("g.json", node_link(study, NO_PLAN))):
        again = study_of(folder / name, text)
        if study.elements:
            assert same(dict(again.elements), dict(study.elements))
            assert same(dict(again.relations), dict(study.relations))
            assert same(again.info, study.info)


def test_what_networkx_wrote_of_our_graph_comes_back(tmp_path: Path) -> None:
    row = Element(
        id="a", lane="instantiation", kind="idea", name="A\r\x01<b>", value="8", parameters=7, extra={"more": 1}
    )
    study = study_from(Info(name="S"), [row, Element(id="b", lane="reachability", kind="factor", value=0.5)], [
        Relation(source="a", target="b", kind="retunes", note="x"), Relation(source="a", target="b", kind="reopens")
    ])  # fmt: skip
    graph = nx.parse_graphml(graphml(study, plan(study)), force_multigraph=True)
    assert set(graph.nodes) == {"a", "b"}
    nx.write_graphml(graph, tmp_path / "nx.graphml")
    again = study_of(tmp_path / "nx2.graphml", (tmp_path / "nx.graphml").read_bytes())
    assert same(dict(again.elements), dict(study.elements))
    assert set(again.relations) == set(study.relations)
    linked = nx.node_link_graph(json.loads(node_link(study, plan(study))), edges="edges")
    assert linked.number_of_edges() == 2
    third = study_of(tmp_path / "nx.json", nx.node_link_data(linked, edges="links"))
    assert same(dict(third.elements), dict(study.elements))


def test_an_empty_value_comes_back_and_empty_texts_of_others_say_nothing(tmp_path: Path) -> None:
    study = study_from(Info(name="S"), [Element(id="a", lane="instantiation", kind="idea", value="")], [])
    assert study_of(tmp_path / "g.graphml", graphml(study, plan(study))).elements["a"].value == ""
    other = (
        '<graphml><key id="d" for="node" attr.name="note" attr.type="string"/><graph edgedefault="directed">'
        '<node id="a"><data key="d"/></node><node id="b"><data key="d">x</data></node></graph></graphml>'
    )
    elements = study_of(tmp_path / "o.graphml", other).elements
    assert "note" not in elements["a"].extra
    assert elements["a"].note == ""
    assert "x" in (elements["b"].note, elements["b"].extra.get("note"))


def test_a_graph_made_elsewhere_is_mapped_and_says_so(tmp_path: Path) -> None:
    made = built(
        tmp_path / "g.graphml",
        xml(
            NODES + '<node id="c"><data key="t">hyperparameter</data><data key="w">3</data></node>'
            '<edge source="a" target="b"><data key="r">depends on</data></edge><edge source="a" target="c"/>'
        ),
    )
    assert not made.problems
    study = made.study
    assert study.elements["a"].name == "Alpha"
    assert study.elements["c"].lane == "reachability"
    assert study.elements["c"].extra == {"weight": 3}
    assert {"a requires b", "a retunes c"} <= set(study.relations)
    assert "learning-rate" in study.elements, "the library's factors stand beside the graph"
    told = " · ".join(made.told)
    assert "'label' is taken as the name" in told
    assert "'relation' is taken as the kind" in told
    assert "kept as they are: 'weight'" in told
    assert plan(study).steps


def test_what_the_library_knows_of_an_id_is_filled_in(tmp_path: Path) -> None:
    study = study_of(tmp_path / "g.json", {"nodes": [{"id": "rope"}, {"id": "my own"}], "links": []})
    assert study.elements["rope"].library == "rope"
    assert study.elements["rope"].alternatives
    assert study.elements["my-own"].name == "my own"


def test_numbers_as_ids_and_numbers_of_the_list(tmp_path: Path) -> None:
    ids = study_of(tmp_path / "i.json", {"nodes": [{"id": 1}, {"id": 0}], "edges": [{"source": 1, "target": 0}]})
    assert "1 requires 0" in ids.relations
    listed = {"nodes": [{"id": "x"}, {"id": "y"}], "links": [{"source": 1, "target": 0}]}
    assert "y requires x" in study_of(tmp_path / "l.json", listed).relations


def test_edges_without_direction_interact(tmp_path: Path) -> None:
    made = built(tmp_path / "g.graphml", xml(NODES + '<edge source="b" target="a"/>', directed="undirected"))
    assert "a interacts b" in made.study.relations
    assert any("without a direction" in t for t in made.told)


def test_tables_of_elements_and_relations(tmp_path: Path) -> None:
    elements, relations = tmp_path / "elements.csv", tmp_path / "relations.csv"
    elements.write_text("Element;Type;Label;params\nconv 1;component;Convolution;1200\nlr;setting;Rate;\n", "utf-8")
    relations.write_text("From;To;Relation\nconv 1;lr;retunes\n", "utf-8")
    for sources in ([elements, relations], [relations, elements]):
        made = study_from_files(sources, Options())
        assert not made.problems
        assert "conv-1 retunes lr" in made.study.relations
        assert made.study.elements["conv-1"].parameters == 1200
        assert made.study.elements["conv-1"].from_ == ("elements.csv:2",)
    out = tmp_path / "s.ablation"
    assert main(["new", str(elements), str(relations), "-o", str(out), "-q"]) == 0
    assert open_study(out)[0].elements["lr"].name == "Rate"


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ('<node id="a"/>\n<node id="a"/>', ":9", "twice, first in line 8"),
        (NODES + '\n<edge source="a" target="z"/>', ":9", "no element 'z'"),
        (NODES + '<edge source="a" target="b"/>\n<edge source="a" target="b"/>', ":9", "twice, first in line 8"),
        (NODES + '<edge source="a" target="b"/>\n<edge source="b" target="a"/>', ":", "circle"),
        (NODES + '\n<edge source="a" target="a"/>', ":9", "itself"),
        (NODES + '\n<hyperedge/>', ":9", "hyperedge"),
        ('\n<node id="a"><data key="w">1e5</data></node>', ":9", "no int"),
        ('\n<node id="a"><data key="w">' + "9" * 5000 + "</data></node>", ":9", "no int"),
        ('\n<node id="a"><data key="q">1</data></node>', ":9", "no key 'q'"),
        ("<node/>", ":8", "id"),
        ("<node id='a'>", ":9", "XML"),
        ("<node id='a'><graph>" * 60, ":", "deeper"),
    ],
)  # fmt: skip
def test_faults_of_graphml_are_named_with_their_line(tmp_path: Path, body: str, place: str, words: str) -> None:
    path = tmp_path / "g.graphml"
    wrong = fault(path, xml(body))
    assert f"g.graphml{place}" in wrong.place
    assert words in wrong.what


def test_no_document_type_and_no_entity(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    bomb = '<!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'
    outside = f'<!DOCTYPE g [<!ENTITY a SYSTEM "{tmp_path}/secret.txt">]>\n'
    for head in (bomb, outside, '<!DOCTYPE g SYSTEM "http://example.invalid/g.dtd">\n'):
        wrong = fault(tmp_path / "g.graphml", xml('<node id="a"><data key="n">&a;</data></node>', head=head))
        assert "document type" in wrong.what
        assert wrong.place.endswith(":2")


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"nodes": [{"id": "a"}, {"id": "a"}]}, "/nodes/1", "twice, first at /nodes/0"),
        ({"nodes": [{"id": "a"}, {"name": "b"}]}, "/nodes/1/id", "missing"),
        ({"nodes": ["a", ["b"]]}, "/nodes/1", "object"),
        ({"edges": [{"source": "a", "target": "z"}]}, "/edges/0", "no element 'z'"),
        ({"edges": [{"source": "a"}]}, "/edges/0/target", "missing"),
        ({"edges": ["ab"]}, "/edges/0", "object"),
        ({"nodes": [{"id": "a", "lane": "cellar"}]}, "/nodes/0", "no lane"),
        ({"edges": [{"source": "a", "target": "b", "kind": "observes"}]}, "/edges/0", "observes leads from instrument"),
        ({"nodes": [{"id": "a", "parameters": "many"}]}, "/nodes/0", "int"),
        ({"graph": {"format": "ablation-study", "version": 1, "study": 3}}, "/graph", "no JSON object"),
    ],
)
def test_faults_of_node_link_are_named_with_their_pointer(
    tmp_path: Path, change: dict[str, Any], place: str, words: str
) -> None:
    graph = {"nodes": [{"id": "a"}, {"id": "b"}], "edges": [], **change}
    wrong = fault(tmp_path / "g.json", graph)
    assert wrong.place.endswith(f"g.json: {place}")
    assert words in wrong.what


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    graph = {"nodes": ["a"], "edges": [{"source": "a", "target": f"z{i}"} for i in range(40)]}
    wrong = fault(tmp_path / "g.json", graph)
    assert "more" in wrong.what
    assert len(str(wrong)) < 700


def test_faults_of_tables(tmp_path: Path) -> None:
    assert fault(tmp_path / "r.csv", "source,target\na,b\n").place.endswith("r.csv:2")
    assert "'source'" in fault(tmp_path / "q.csv", "source,target\n,b\n").what.replace("source", "'source'")
    assert fault(tmp_path / "e.csv", "id,lane\na,idea\na,idea\n").place.endswith("e.csv:3")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    later = {"graph": {"format": "ablation-study", "version": 999}, "nodes": [], "edges": []}
    assert isinstance(built(tmp_path / "g.json", later).problems[0], NewerVersion)


def test_labels_and_groups_of_yed(tmp_path: Path) -> None:
    data = (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">'
        '<key for="node" id="d6" yfiles.type="nodegraphics"/><graph id="G" edgedefault="directed">'
        '<node id="n0"><data key="d6"><y:ShapeNode><y:NodeLabel>Rotary</y:NodeLabel></y:ShapeNode></data>'
        '<graph id="n0:" edgedefault="directed"><node id="n0::n0"/></graph></node></graph></graphml>'
    )
    made = built(tmp_path / "y.graphml", data)
    assert not made.problems
    assert made.study.elements["n0"].name == "Rotary"
    assert "n0-n0" in made.study.elements
    assert "groups are laid flat" in made.told


@pytest.mark.parametrize("data", [b"", b"<html/>", b"{}", b"a,b\n1,2\n"])
def test_other_files_are_no_graphs(data: bytes) -> None:
    assert not looks_like_graphml(data)
    assert graph_reading(data, "x.csv", "x.csv") is None


def test_columns_are_mapped(tmp_path: Path) -> None:
    parts, links, out = tmp_path / "parts.csv", tmp_path / "links.csv", tmp_path / "s.ablation"
    parts.write_text("uuid;Bauteil;Ebene;id\nu1;Faltung;ideas;7\nu2;Rate;factors;8\n", "utf-8")
    links.write_text("von;nach;Art\nu1;u2;retunes\n", "utf-8")
    words = ["uuid=id", "Bauteil=name", "Ebene=lane", "von=source", "nach=target", "Art=kind"]
    columns = [part for word in words for part in ("--map", word)]
    assert main(["new", str(parts), str(links), "-o", str(out), "-q", *columns]) == 0
    study = open_study(out)[0]
    assert study.elements["u1"].name == "Faltung"
    assert study.elements["u2"].lane == "reachability"
    assert "u1 retunes u2" in study.relations


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Bauteil=colour"], "no field 'colour'"),
        (["Teil=name"], "no table has a column 'Teil'"),
        (["Bauteil=name"], "--map COLUMN=id"),
        (["uuid=id", "Bauteil=id"], "two columns"),
        (["Bauteil"], "COLUMN=FIELD"),
    ],
)
def test_columns_that_do_not_fit(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = tmp_path / "parts.csv"
    parts.write_text("uuid;Bauteil\nu1;Faltung\n", "utf-8")
    columns = [part for word in words for part in ("--map", word)]
    assert main(["new", str(parts), "-o", str(tmp_path / "s.ablation"), *columns]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "s.ablation").exists()
