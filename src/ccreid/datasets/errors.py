"""What is raised where a data set on disk is not what it should be."""


class DataSetError(ValueError):
    """A data set does not hold what it should; the message says what was looked for, and where."""


class MissingFolderError(DataSetError, FileNotFoundError):
    """A folder of the data set is not there."""
