"""The pages a clerk works on, drawn with NiceGUI: sign-in and the console.

They draw and hand over; what may be done now is said in `actions.py`, all words in `../texts.py`.
Start reading at `console.py`.
"""
