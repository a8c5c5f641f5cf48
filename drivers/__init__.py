"""Peripherals of a hall: interfaces, one file per model, transports, papers and simulators.

No MQTT, no tickets, no Kivy here. Real drivers never import `drivers.sim`.
Start reading at `interfaces.py`, then `cards/sdt_reader.py` as the model of a driver.
"""
