"""One part of a configuration to everything it tells."""

import re

from ablator.importers import hf_rules, hf_sizes, hf_words
from ablator.importers.hf_factors import factor_facts
from ablator.importers.hf_ideas import Ideas, PartReading
from ablator.importers.hf_kin import profile_of
from ablator.importers.hf_part import Part
from ablator.importers.hf_sites import at_sites
from ablator.library import library

_ADMINISTRATION = re.compile(
    r"^_|_token_ids?$|^(model_type|architectures?|transformers_version|torch_dtype|dtype|use_cache|auto_map|id2label|"
    r"label2id|num_labels|name|version|output_\w+|return_dict|initializer_range|tokenizer_class|problem_type|"
    r"chunk_size_feed_forward|gradient_checkpointing|is_encoder_decoder)$"
)
"""Keys that say nothing about what the model is made of."""

NAMED = 20
"""Keys that are named where a type is unknown."""


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
    if part.model_type and not profile_of(part.model_type, library().detection.model_type_profiles)[0]:
        ideas.unknown += unread(ideas)
    return PartReading(found, at_sites(ideas), tuple(ideas.unknown), tuple(ideas.contradictions), total)


def unread(ideas: Ideas) -> list[str]:
    """One line that names the keys of a part from which nothing was read; none where all were."""
    part = ideas.part
    shown = " ".join(w.removeprefix(f"{part.file}: ") for i in ideas.here.values() for w in (*i.from_, *i.keys))
    words = set(re.findall(r"[\w.-]+", shown)) | {f.key for f in ideas.facts()} | {f.key for f in factor_facts(part)}
    left = [k for k, v in part.body.items() if v is not None and not isinstance(v, dict) and part.key(k) not in words]
    left = [k for k in left if not _ADMINISTRATION.search(k)]
    if not left:
        return []
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return [f"keys of the unknown type that are not understood: {', '.join(left[:NAMED])}{more}"[:500]]
