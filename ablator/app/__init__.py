"""The program without its widgets."""
