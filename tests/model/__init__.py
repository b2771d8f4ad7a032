"""A model of the day: three phones and a facilitator do everything in any order, and a plain prediction must come true.

`expected.py` says in plain Python what holds after each step; it imports nothing of the app. `machine.py` takes the
steps through the real views, `observed.py` reads what really holds, and what must always hold.

`test_model.py` takes 10,000 steps; `python -m tests.model --steps 1000000` takes a million.
"""
