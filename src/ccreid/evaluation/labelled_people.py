"""The features of a data set's test people with what is known of each image, as a calibration takes them."""

from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.tracks import by_track, middle_image, unit_of
from ccreid.evaluation.evaluate import pack_of
from ccreid.evaluation.pair_counts import Labelled
from ccreid.models.reid_model import ReIDModel


def labelled_people(model: ReIDModel, data: PeopleDataSet) -> Labelled:
    """Return the features of all test images, each once, or of all test tracks where each image is of one.

    Args:
        model: What makes the features.
        data: Whose test people are meant.

    Raises:
        ImageError: A test image is broken.
        PartMapError: The model reads part maps, and a test image's is missing or broken.
        DataSetError: A track is of two people, cameras or outfits.
    """
    records = data.test_records()
    pack = pack_of(model, data)
    if unit_of(records) == "images":
        return Labelled.of_records(model.embed_records(records, pack), records)
    tracks = by_track(records)
    return Labelled.of_records(model.embed_tracks(tracks, pack), [middle_image(track) for track in tracks])
