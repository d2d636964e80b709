"""Trains with pixel sampling in a Lightning module of one's own: `python lightning_loop.py DATA --epochs 20`.

DATA is any data set that ccreid reads, with part maps under parts/: `ccreid parse DATA DATA/parts` makes them.
"""

import argparse

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from ccreid import BatchHardTriplet, IdentityLoss, Normalise, PixelSampling, PKSampler, build_model, open_data_set
from ccreid.datasets.reid_dataset import Batch, ReIDDataset


class Trained(pl.LightningModule):
    """The baseline, trained on images and their repainted copies."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.network = build_model("baseline", identities, "resnet18")
        self.repaint, self.normalise = PixelSampling(), Normalise()
        self.identity, self.triplet = IdentityLoss(), BatchHardTriplet()

    def training_step(self, batch: Batch, index: int) -> torch.Tensor:
        images = torch.cat([batch.image, self.repaint(batch.image, batch.parts)])
        labels = batch.label.repeat(2)
        output = self.network(self.normalise(images))
        loss = self.identity(output.logits[0], labels) + self.triplet(output.embeddings[0], labels)
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=3.5e-4)


class NewBatches(pl.Callback):
    """Lightning knows `set_epoch` of its own samplers alone."""

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        trainer.train_dataloader.batch_sampler.set_epoch(trainer.current_epoch)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("data")
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--out", default="own.ckpt")
arguments = parser.parse_args()

data = open_data_set(arguments.data, parts="required")
labels = {identity: label for label, identity in enumerate(sorted({one.identity for one in data.train}))}
sampler = PKSampler([labels[one.identity] for one in data.train], identities=2, instances=2)
loader = DataLoader(ReIDDataset(data.train, labels, 128, 64), batch_sampler=sampler)
trainer = pl.Trainer(max_epochs=arguments.epochs, callbacks=[NewBatches()], logger=False, enable_checkpointing=False)
trainer.fit(Trained(len(labels)), loader)
trainer.save_checkpoint(arguments.out)
print(f"loss {trainer.callback_metrics['loss']:.3f}, wrote {arguments.out}")
