"""What every driver owes a hall, as tests that anybody's driver can be put through; needs pytest.

No driver and no test of one model here; nothing of ours imports this package.
Start reading at `suite.py`; run it with `pytest --pyargs drivers.conformance --hall-driver NAME`.
"""
