"""Study → Plan, pure and deterministic: steps, order, gates, arms, costs and findings."""
