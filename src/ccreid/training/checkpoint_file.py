"""Writes what a run is resumed from: whole or not at all, and on the disk before the last one's place is taken."""

import io
from pathlib import Path
from typing import Any

import torch

from ccreid.atomic_files import atomic_path
from ccreid.training.lightning import TorchCheckpointIO


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning's files, written by `atomic_path`.

    Lightning's own way writes them to the system's temporary folder and moves them. Where that is another disk, the
    move is a copy, which a kill or a full disk cuts off in the place of the last good file.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Write a file.

        Args:
            checkpoint: What is in it.
            path: Where.
            storage_options: Lightning's, for other places than disks; not used.

        Raises:
            WriteError: It cannot be written.
        """
        # torch's own writer raises no OSError where the disk is full.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        with atomic_path(Path(path)) as temporary:
            temporary.write_bytes(content.getbuffer())
