"""The window: widgets that decide nothing."""
