"""What people write about peripherals: files read with a limit, options in plain words.

Not here: what an option means to a driver (its own model), what goes over a wire.
Start at `option_words.py`; files come in by `text_file.py`.
"""
