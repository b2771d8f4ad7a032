"""The modules that are tried, by what they keep safe, and the tests that must notice their faults.

A new one is a line here: module → paths of tests, in `tests/`, and options of pytest.
"""

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "access": {
        "forum.auth.rules": (
            "forum/auth/test_rules.py", "forum/auth/test_team_roles.py",
            "-k", "not no_page_offers and not wrong_code and not every_url",
        ),
        "forum.auth.guard": ("forum/auth/test_guard.py",),
        "forum.auth.idempotency": ("forum/auth/test_idempotency.py",),
        "forum.auth.facilitator_tokens": ("forum/auth/test_facilitator_tokens.py",),
        "forum.web.cookies": ("forum/web/test_cookies.py",),
    },
    "tokens": {
        "forum.models.tokens": ("forum/models/test_tokens.py",),
        "forum.models.device": ("forum/models/test_device.py",),
        "forum.models.one_time_code": ("forum/models/test_one_time_code.py",),
    },
    "undo and revision": {
        "forum.models.journal": (
            "forum/models/test_journal.py", "-k", "not restores_the_board and not changes_nothing",
        ),
        "forum.models.change": ("forum/models/test_change.py",),
        "forum.models.recording": ("forum/models/test_recording.py",),
    },
    "limits": {
        "forum.auth.throttling.floods": ("forum/auth/throttling/test_floods.py",),
        "forum.auth.throttling.wrong_codes": ("forum/auth/throttling/test_wrong_code_counts.py",),
        "forum.auth.throttling.sender": ("forum/auth/throttling/test_sender.py",),
    },
    "sanitising": {
        "forum.text.markup": ("forum/text/test_markup.py",),
        "forum.text.one_line": ("forum/text/test_one_line.py",),
        "forum.text.parsing": ("forum/text/test_parsing.py",),
        "forum.server.log_redaction": ("forum/server/test_log_redaction.py",),
    },
}  # fmt: skip
MODULES = {module: tests for modules in GROUPS.values() for module, tests in modules.items()}
SHORT = ("forum.models.tokens",)
"""Those of `--short`, which takes some faults of each."""
