"""Steps on claims: the challengers of each, and the instrument that a questioned claim hands back to."""

from ablator.core.elements import MINUTES_PER_RUN, Element
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.costs import effective_runs, hours_per_run, rounded
from ablator.plan.draft import Draft, drafted_step, one_run
from ablator.plan.types import Arm, step_id

INSTRUMENT_MINUTES = 60.0
"""People's time to build the instrument of a questioned claim (judged)."""


def claim_step(study: Study, element: Element) -> Draft:
    sid = step_id("challenge", element.id)
    cost = effective_runs(element) * hours_per_run(study.info)
    challengers = element.challengers or ()
    arms = tuple(
        Arm(
            id=f"challenger-{i}",
            change=f"{c.counter_claim}" + (f" ({c.paper}, {c.year})" if c.paper and c.year else ""),
            seeds=1,
        )
        for i, c in enumerate(challengers, 1)
    ) or (Arm(id="challenger-1", change="state what would have to be true instead, and what would show it", seeds=1),)
    runs = [one_run(sid, a.id, "check", 1, cost / len(arms), study) for a in arms]
    return drafted_step(element, "challenge", arms, runs, [], element.decisive)


def new_instrument(study: Study, claim: Element) -> Draft | None:
    """The observation that a questioned claim hands back to: the experiment both sides predict differently."""
    if not claim.decisive:
        return None
    sid = f"verify-{claim.id.replace('/', '.')}-instrument"
    hours = INSTRUMENT_MINUTES / MINUTES_PER_RUN * hours_per_run(study.info)
    arm = Arm(id="look", change=f"build the instrument: {claim.decisive}")
    return Draft(
        id=sid,
        element=claim.id,
        stage="observe",
        action="verify",
        check=claim.decisive,
        arms=(arm,),
        question=f"Which outcome tells {title(claim)} from its challengers?",
        runs=(one_run(sid, "look", "check", 1, hours, study),),
        cost_hours=rounded(hours),
    )
