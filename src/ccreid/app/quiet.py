"""Lightning without its announcements, which would bury what a command has to say."""

import logging


def quiet_lightning() -> None:
    """Let Lightning speak of warnings and errors alone."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.WARNING)
