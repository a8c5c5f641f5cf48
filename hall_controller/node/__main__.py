"""`python -m hall_controller.node` is the command `hall-node`."""

from hall_controller.node.main import main

main()
