"""The data sets' names in recipes and on the command line, apart from their readers so that help answers at once."""

from typing import Literal

DataSetName = Literal["auto", "prcc", "ltcc", "vc_clothes", "celeb_reid", "deepchange", "last", "market1501"]
