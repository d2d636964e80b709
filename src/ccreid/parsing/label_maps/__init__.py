"""Photos with label maps, such as people have drawn by hand, as what a human parser learns from and is scored by."""
