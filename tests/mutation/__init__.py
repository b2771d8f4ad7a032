"""Mutation: small faults are put into the modules that keep a promise, one at a time, and their tests must notice each.

`python -m tests.mutation [module…]`. `modules.py` lists the modules with their tests, `survivors.toml` the faults that
change nothing that can be noticed, each with its reason.

Of our own, since neither library fits. mutmut leaves out decorated functions and tables, which here are most of what
matters: properties, class methods, context managers, the permission table. cosmic-ray starts a process for each fault,
which for Django and its database takes seconds; here each is a fork of one process in which all is ready.
"""
