"""The command line: one file per family of commands; neither Qt nor pandas until a command needs them."""
