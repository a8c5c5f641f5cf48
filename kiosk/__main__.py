"""The command `kiosk`, also `python -m kiosk`."""

from config.extras import needing


def main() -> None:
    """Entry point."""
    with needing("kiosk", "kiosk"):
        from kiosk.main import main as run

        run()


if __name__ == "__main__":
    main()
