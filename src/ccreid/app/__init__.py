"""The command line: `ccreid COMMAND`, and the pages that its commands write."""
