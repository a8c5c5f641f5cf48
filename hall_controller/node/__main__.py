"""The command `hall-node`, also `python -m hall_controller.node`."""

from config.extras import needing


def main() -> None:
    """Entry point."""
    with needing("hall-node", "node"):
        from hall_controller.node.main import main as run

        run()


if __name__ == "__main__":
    main()
