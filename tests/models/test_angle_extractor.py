import torch

from ccreid.models.angle_extractor import AngleExtractor


def _extractor() -> AngleExtractor:
    torch.manual_seed(0)
    extractor = AngleExtractor(32, 4)
    for module in extractor.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return extractor.eval()


def test_each_stripe_has_a_column_of_its_own() -> None:
    extractor = _extractor()
    feature_map = torch.randn(2, 32, 8, 3)
    before = extractor(feature_map)
    assert before.shape == (2, extractor.width) == (2, 1024)
    feature_map[:, :, 2:4] += 1
    changed = (extractor(feature_map) != before).unflatten(1, (4, 256)).any(dim=2)
    assert changed.tolist() == [[False, True, False, False]] * 2


def test_a_column_weighs_shares_and_shortcuts() -> None:
    extractor = _extractor()
    feature_map = torch.randn(2, 32, 8, 3)
    with torch.no_grad():
        columns = []
        for stripe in range(4):
            pooled = feature_map[:, :, 2 * stripe : 2 * stripe + 2].mean(dim=(2, 3))
            squeeze, _, excite, _ = extractor.weighing[stripe]
            weights = torch.sigmoid(excite(torch.relu(squeeze(pooled))))
            columns.append(extractor.reductions[stripe](pooled + extractor.shared(weights * pooled)))
        assert torch.allclose(extractor(feature_map), torch.cat(columns, dim=1), atol=1e-5)
