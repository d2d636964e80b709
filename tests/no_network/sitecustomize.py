"""Python runs this as it starts, where the tests' PYTHONPATH leads it here: no process of theirs reaches others."""

import loopback

loopback.refuse_others()
