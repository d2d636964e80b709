"""What `ccreid search` shows: lists in the terminal, JSON, and a page."""
