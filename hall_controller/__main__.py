"""`python -m hall_controller`."""

from hall_controller.main import main

main()
