"""Runs of a plan on an engine."""
