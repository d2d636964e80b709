"""Wardrobe: rendered people who change clothes, written in PRCC's layout with exact part maps."""
