"""`python -m kiosk`."""

from kiosk.main import main

main()
