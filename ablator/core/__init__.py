"""Floor 0: nouns and laws of a study. No disk, no Qt, no pandas.

The nouns, one word each: study, lane, element, slot, relation, stage, step, action, baseline, arm, run, evidence,
verdict, waiver, gate, finding.
"""
