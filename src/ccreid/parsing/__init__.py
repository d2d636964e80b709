"""Human parsing: from images to maps of the six parts (Shu et al. 2021, Sec. II-A)."""
