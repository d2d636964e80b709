"""Human parsing of a folder tree of images, resumable and on many machines."""
