"""Wardrobe: people rendered with exact part maps, who change clothes between cameras."""
