"""What is advised about a ticket printer of whatever model."""

from drivers.saying import saying

LOOK_TICKET = saying("Look whether the ticket came out whole before printing it again.")
