"""What `ccreid check` shows: lines in the terminal, JSON and a page."""
