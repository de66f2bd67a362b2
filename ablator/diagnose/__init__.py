"""Floor 2: symptoms from logs, settings and model facts, and what they say about each culprit."""
