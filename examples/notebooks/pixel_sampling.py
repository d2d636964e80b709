# %% [markdown]
# # Pixel sampling, explained
#
# A model that is shown people in the same clothes learns clothes. Pixel sampling (Shu et al. 2021) repaints clothes
# with the pixels of other people's, at random in each batch, so that nothing can be learned from them.
#
# Four people (rendered), and where their parts are. The human parser comes with the package.

# %%
import numpy as np
import torch
from PIL import Image

from ccreid import Part, PixelSampling, parse_images
from ccreid.figures.tiles import part_picture, tile_grid

names = ("anton", "bea", "carla", "dina")
people = [Image.open(f"people/{name}/monday.jpg").resize((128, 256)) for name in names]
maps = np.stack(list(parse_images(people)))
print(maps.shape, [part.name.lower() for part in Part])
tile_grid([people, [part_picture(one) for one in maps]], row_labels=["image", "parts"], column_labels=names).image()

# %% [markdown]
# ## By hand
#
# Eq. (1): the pixels of a part, image after image in a shuffled order, are a bank. Eq. (2): the k-th pixel of the
# part in the batch takes the k-th of the bank.

# %%
images = torch.from_numpy(np.stack(list(map(np.asarray, people))))
images = images.permute(0, 3, 1, 2).contiguous()  # (4, 3, 256, 128)
parts = torch.from_numpy(maps)

order = torch.tensor([2, 3, 1, 0])
pixels = images.movedim(1, -1)  # (4, 256, 128, 3)
bank = torch.cat([pixels[image][parts[image] == Part.UPPER_CLOTHES] for image in order])  # (K, 3)
by_hand = pixels.clone()
by_hand[parts == Part.UPPER_CLOTHES] = bank
print(len(bank), "pixels of upper clothes changed places")

# %% [markdown]
# ## The module
#
# `PixelSampling` does so for upper clothes and pants, each shuffled on its own, in 13 ms for a batch of 64 on two
# cores.

# %%
repainted = PixelSampling()(images, parts, torch.Generator().manual_seed(0))


def pictures(batch):
    """Return images (B, H, W, 3) for people to look at."""
    return [Image.fromarray(one.numpy()) for one in batch]


rows = [people, pictures(by_hand), pictures(repainted.movedim(1, -1))]
tile_grid(rows, row_labels=["image", "by hand, upper", "module"], column_labels=names).image()

# %% [markdown]
# Nobody keeps their clothes, all colours are colours of real clothes, and heads, arms, shoes and background are
# untouched, bit by bit:

# %%
clothes = (parts == Part.UPPER_CLOTHES) | (parts == Part.PANTS)
assert torch.equal(repainted.movedim(1, -1)[~clothes], pixels[~clothes])
print(f"{clothes.float().mean():.0%} of the pixels were repainted, none of the others changed")

# %% [markdown]
# Training takes the batch and its repainted copy together, with the same labels, and asks that both have one
# feature. `docs/method.md` goes through a whole step, and `docs/results.md` says what it is worth.
