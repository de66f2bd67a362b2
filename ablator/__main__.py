"""The `ablator` command, also as `python -m ablator`; nothing is loaded before an interruption can be answered."""


def main() -> int:
    """Run the command line; 130 also where it is interrupted before it is loaded."""
    try:
        from ablator.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        import sys

        if sys.stderr is not None:
            print("ablator: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
