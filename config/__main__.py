"""`python -m config` is `hall-config`."""

from config.cli import main

main()
