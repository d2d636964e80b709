import math

import pytest
import torch
from closeness import assert_close, rounding

from ccreid.losses.parsing import ParsingLoss
from ccreid.parts import IGNORED


def loss_by_loops(logits: torch.Tensor, parts: torch.Tensor) -> float:
    batch, count, height, width = logits.shape
    entropy, common, size = 0.0, [0.0] * count, [0.0] * count
    for image in range(batch):
        for y in range(height):
            for x in range(width):
                powers = [math.exp(value) for value in logits[image, :, y, x].tolist()]
                true = int(parts[image, y, x])
                entropy -= math.log(powers[true] / sum(powers)) / (batch * height * width)
                for part in range(count):
                    probability = powers[part] / sum(powers)
                    common[part] += probability * (part == true)
                    size[part] += probability + (part == true)
    dice = [(2 * c + 1) / (s + 1) for c, s in zip(common, size, strict=True)]
    return entropy + 1 - sum(dice) / count


def test_it_is_what_it_is_pixel_by_pixel() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(2, 6, 5, 4, generator=generator)
    parts = torch.randint(0, 5, (2, 5, 4), dtype=torch.uint8, generator=generator)
    assert_close(ParsingLoss()(logits, parts), loss_by_loops(logits, parts), terms=logits.numel())


def test_pixels_that_do_not_count_change_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 6, 4, 4, generator=generator)
    parts = torch.randint(0, 6, (1, 4, 4), generator=generator)
    expected = ParsingLoss()(logits[:, :, :2], parts[:, :2])
    parts[:, 2:] = IGNORED
    assert_close(ParsingLoss()(logits, parts), expected, terms=logits.numel())


def test_the_true_map_costs_nothing_and_a_wrong_one_much() -> None:
    parts = torch.arange(6).view(1, 6, 1).expand(2, 6, 8)
    logits = 30.0 * torch.nn.functional.one_hot(parts, 6).movedim(3, 1)
    assert float(ParsingLoss()(logits, parts)) == pytest.approx(0, abs=rounding(1, terms=parts.numel()))
    assert float(ParsingLoss()(logits, parts.flip(1))) > 10


def test_half_precision_and_a_part_that_is_missing_give_a_finite_gradient() -> None:
    logits = torch.zeros(1, 6, 4, 4, dtype=torch.bfloat16, requires_grad=True)
    ParsingLoss()(logits, torch.zeros(1, 4, 4, dtype=torch.uint8)).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
