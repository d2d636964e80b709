"""Cloth-changing person re-identification with semantic-guided pixel sampling (Shu et al. 2021)."""

from importlib.metadata import version

__version__ = version("ccreid")
