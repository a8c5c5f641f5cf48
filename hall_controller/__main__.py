"""The command `hall-controller`, also `python -m hall_controller`."""

from config.extras import needing


def main() -> None:
    """Entry point."""
    with needing("hall-controller", "controller"):
        from hall_controller.main import main as run

        run()


if __name__ == "__main__":
    main()
