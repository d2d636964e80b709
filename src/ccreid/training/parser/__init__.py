"""Training of the human parser that ships with ccreid."""
