# %% [markdown]
# # Train on your own table
#
# A table of photos, `people.csv`, says who is on each, and here also before which camera and in which clothes. A
# folder for each person would do as well. These are eight rendered people with four photos each: enough to see how
# it goes, and far too few to learn anything.

# %%
from pathlib import Path

from ccreid import open_data_set

print("\n".join(Path("people.csv").read_text().splitlines()[:4]))
data = open_data_set("people.csv")
print(data.summary())

# %% [markdown]
# Nobody was named as a test person, so three in ten are, the same in every run. On the command line, `ccreid check
# people.csv` looks for what is wrong before you train.
#
# A recipe has all settings. `cpu` is the profile for two cores; three epochs here.

# %%
from ccreid.recipe import recipe_from_tree
from ccreid.training.lightning_fit import quiet_lightning
from ccreid.training.recipe_file import read_recipe
from ccreid.training.run import run_recipe

recipe = recipe_from_tree(read_recipe("baseline", "cpu"))
recipe.data.root = Path("people.csv")
recipe.data.identities, recipe.data.instances = 3, 4  # people in a batch, and photos of each
recipe.schedule.epochs = 3

quiet_lightning()
run = run_recipe(recipe, Path("runs/own_table"), command=["a notebook"])
for row in run.rows:
    print(f"{row.setting:9} R1 {100 * row.R1:5.1f}  mAP {100 * row.mAP:5.1f}  of {row.queries} queries; {row.dropped}")

# %% [markdown]
# `cross` is people in other clothes, `same` in the same. With so few people the numbers say nothing; that they are
# there, for both, is the point. The model is a file, and works like the one that ships:

# %%
from ccreid import ReIDModel

model = ReIDModel.from_pretrained("runs/own_table")
features = model.embed(["people/anton/monday.jpg", "people/anton/tuesday.jpg"])
print(features.shape, f"similarity {model.similarity(features[:1], features[1:])[0, 0]:.3f}")

# %% [markdown]
# The same on the command line: `ccreid train baseline --data.root people.csv --profile cpu`. With part maps
# (`ccreid parse people people/parts`), take `pixel_sampling_mse` in the place of `baseline`.
