"""One part of a configuration to everything it tells."""

from ablator.importers import hf_rules, hf_sizes, hf_words
from ablator.importers.hf_ideas import Ideas, PartReading
from ablator.importers.hf_part import Part
from ablator.importers.hf_sites import at_sites


def read_part(part: Part, site: str) -> PartReading:
    """Facts, ideas at their sites, unknowns, contradictions, and parameters where they can be counted."""
    ideas = Ideas(part, site)
    found = ideas.facts()
    hf_rules.profile(ideas)
    hf_rules.class_names(ideas)
    hf_rules.rules(ideas)
    hf_rules.typical(ideas)
    hf_words.words(ideas)
    hf_sizes.sizes(ideas)
    ideas.slots()
    total = hf_sizes.parameters(ideas)
    return PartReading(found, at_sites(ideas), tuple(ideas.unknown), tuple(ideas.contradictions), total)
