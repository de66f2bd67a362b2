"""Artefacts on disk to what was found in them, where, and how surely."""
