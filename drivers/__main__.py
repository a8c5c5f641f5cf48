"""`python -m drivers` is the command `hall-devices`."""

from drivers.cli import main

if __name__ == "__main__":
    main()
