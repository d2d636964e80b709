"""The paper's tables on a data set of yours: which rows they have, running these, and writing them down."""
