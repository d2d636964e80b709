"""What `ccreid serve` serves: a page on which people are found, and the same as a JSON API."""
