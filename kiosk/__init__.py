"""The kiosk (自助终端): the touchscreen where a citizen takes a number.

No queue rules live here, and `hall_controller` is never imported; decisions stand in `flow/` alone.
Start reading at `flow/step.py`, then `app.py`, then `screens/`.
"""
