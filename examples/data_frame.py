"""Reads the table of `ccreid embed` as a DataFrame: `python data_frame.py features.parquet`.

Prints who was seen where and when, and pairs that are most alike of two names, where a name may be wrong. Needs pandas.
"""

import argparse

import numpy as np
import pandas

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("features")
parser.add_argument("--pairs", type=int, default=5)
arguments = parser.parse_args()

table = pandas.read_parquet(arguments.features)
print(table.groupby(["identity", "camera"]).agg(images=("id", "size"), first=("time", "min"), last=("time", "max")))

# One feature a person: the mean of theirs, of length 1 again.
features = np.stack(table["vector"].to_numpy()).astype(np.float32)
people = pandas.DataFrame(features).groupby(table["identity"].to_numpy()).mean()
people = people.div(np.linalg.norm(people, axis=1), axis=0)
similarity = people @ people.T

rows, columns = np.triu_indices(len(people), k=1)
alike = pandas.DataFrame(
    {
        "one": people.index[rows],
        "other": people.index[columns],
        "similarity": similarity.to_numpy()[rows, columns],
    }
)
print(alike.nlargest(arguments.pairs, "similarity").to_string(index=False))
