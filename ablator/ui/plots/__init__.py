"""Widgets that show plots."""
