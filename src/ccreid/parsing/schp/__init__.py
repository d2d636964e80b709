"""SCHP, the paper's human parser (Li et al., TPAMI 2020)."""
