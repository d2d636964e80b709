"""Recipes, P x K batches, the training step, and runs with the files that they leave."""
