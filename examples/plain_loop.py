"""Trains with pixel sampling in a plain PyTorch loop: `python plain_loop.py DATA --epochs 20`.

DATA is any data set that ccreid reads, with part maps under parts/: `ccreid parse DATA DATA/parts` makes them.
"""

import argparse

import torch
from torch.utils.data import DataLoader

from ccreid import (
    BatchHardTriplet,
    FeatureConsistency,
    IdentityLoss,
    Normalise,
    PixelSampling,
    PKSampler,
    ReIDModel,
    TotalLoss,
    build_model,
    evaluate_model,
    open_data_set,
)
from ccreid.datasets.reid_dataset import ReIDDataset
from ccreid.recipe import DataRecipe, ModelRecipe, Recipe

HEIGHT, WIDTH = 128, 64

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("data")
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--people", type=int, default=2, help="in a batch, each with 2 images")
arguments = parser.parse_args()

data = open_data_set(arguments.data, parts="required")
labels = {identity: label for label, identity in enumerate(sorted({one.identity for one in data.train}))}
sampler = PKSampler([labels[one.identity] for one in data.train], identities=arguments.people, instances=2)
loader = DataLoader(ReIDDataset(data.train, labels, HEIGHT, WIDTH), batch_sampler=sampler)

network = build_model("baseline", len(labels), "resnet18")
repaint, normalise = PixelSampling(), Normalise()
losses = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency(), normalise=True)
optimizer = torch.optim.Adam(network.parameters(), lr=3.5e-4)

for epoch in range(arguments.epochs):
    sampler.set_epoch(epoch)
    for batch in loader:
        both = torch.cat([batch.image, repaint(batch.image, batch.parts)])  # the originals, and repainted copies
        output = network(normalise(both))
        loss = losses(output.logits, output.embeddings, batch.label.repeat(2)).total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch + 1}: loss {loss.item():.3f}")

recipe = Recipe(name="own", data=DataRecipe(height=HEIGHT, width=WIDTH), model=ModelRecipe(backbone="resnet18"))
print(*evaluate_model(ReIDModel(network.eval(), recipe), data), sep="\n")
