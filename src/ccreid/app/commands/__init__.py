"""One module for each command; its `main(arguments)` runs it and returns the exit status."""
