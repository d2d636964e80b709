"""The paper's figures, and the pictures of the documentation, as Pillow images."""
