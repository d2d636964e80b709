"""The human parser that ships with ccreid."""
