"""`python -m ablator` is the `ablator` command."""

from ablator.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
