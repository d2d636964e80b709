"""What is wrong or doubtful with a data set, found before an hour is spent on it."""
