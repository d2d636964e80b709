"""Looks for people in an index of FAISS: `python faiss_index.py PHOTOS QUERY.jpg --model runs/baseline/seed0`.

PHOTOS is any folder of crops of people. Needs faiss-cpu or faiss-gpu.
"""

import argparse
from pathlib import Path

import faiss

from ccreid import ReIDModel, find_images

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("photos")
parser.add_argument("query", nargs="+")
parser.add_argument("--model", required=True)
parser.add_argument("--top", type=int, default=5)
arguments = parser.parse_args()

model = ReIDModel.from_pretrained(arguments.model)
photos = find_images(arguments.photos)
features = model.embed(photos)

# Features have length 1, so that the inner product is the cosine similarity. Any other index of FAISS will do as well.
index = faiss.IndexFlatIP(features.shape[1])
index.add(features)

similarities, rows = index.search(model.embed(arguments.query), arguments.top + 1)
for query, near, places in zip(arguments.query, similarities, rows, strict=True):
    print(query)
    found = [(photos[row], score) for row, score in zip(places, near, strict=True) if row >= 0]
    # The photo itself may be among them.
    others = [(photo, score) for photo, score in found if photo.resolve() != Path(query).resolve()]
    for photo, score in others[: arguments.top]:
        print(f"  {score:.3f}  {photo}")
