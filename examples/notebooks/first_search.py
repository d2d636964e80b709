# %% [markdown]
# # A first search
#
# Who of a folder of photos is the person of one photo? The people are rendered, and wear other clothes on Tuesday
# than on Monday. Put your own folder in the place of `people`.

# %%
from ccreid import ReIDModel, find_images

model = ReIDModel.from_pretrained("ccreid-small")  # comes with the package
photos = find_images("people")
features = model.embed(photos)
features.shape

# %% [markdown]
# A feature has length 1, so that the product of two is their cosine. Let us look for Emil, as he was on Tuesday,
# among all that was photographed on Monday.

# %%
query = next(place for place, photo in enumerate(photos) if photo.as_posix().endswith("emil/tuesday.jpg"))
monday = [place for place, photo in enumerate(photos) if photo.stem.startswith("monday")]
similarity = model.similarity(features[[query]], features[monday])[0]
ranked = sorted(zip(similarity.tolist(), monday, strict=True), reverse=True)[:6]
for score, place in ranked:
    print(f"{score:.3f}  {photos[place].parent.name}, {photos[place].stem}")

# %%
from PIL import Image

from ccreid.figures.ranks import RankedQuery, ranks_figure

found = [photos[place] for _, place in ranked]
row = RankedQuery(Image.open(photos[query]), list(map(Image.open, found)), [one.parent.name == "emil" for one in found])
ranks_figure([[row]], columns=1).image()

# %% [markdown]
# Rendered people are hard for this model: their heads are small and alike. What it finds on photos is in its card.
#
# Is it the same person? The threshold comes with the model, at a false-match rate: here 1 pair of strangers in 100.

# %%
print(model.same_person("people/emil/tuesday.jpg", "people/emil/tuesday_late.jpg", fmr=0.01))
print(model.same_person("people/emil/tuesday.jpg", "people/carla/tuesday.jpg", fmr=0.01))

# %% [markdown]
# On the command line the same is `ccreid search people/emil/tuesday.jpg people`. For many photos, `ccreid embed`
# makes the features once.
