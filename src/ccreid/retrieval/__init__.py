"""From a query image to the gallery images that show the same person."""

from ccreid.retrieval.ranked_list import RankedList, rank_gallery

__all__ = ["RankedList", "rank_gallery"]
