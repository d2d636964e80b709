"""Reading and packing of person images with identities, cameras and part maps."""
