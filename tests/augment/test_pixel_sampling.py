import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from unittest import mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.augment import BatchError, PixelSampling
from ccreid.augment.pixel_sampling import Colours, repaint
from ccreid.parts import CLOTHES, Part

COLOURS: list[Colours] = ["vectors", "channels"]
DTYPES = [torch.uint8, torch.float32, torch.float16, torch.float64]


def repaint_by_loops(
    images: Tensor, parts: Tensor, repainted: Sequence[int], orders: Tensor, colours: Colours
) -> Tensor:
    """Eq. (1)-(2) as they are written, and the released code's flattening of a mask that is expanded to 3 channels."""
    result = images.clone()
    for part, order in zip(repainted, orders.tolist(), strict=True):
        batch_order = range(len(images))
        if colours == "vectors":
            bank = [images[i, :, y, x] for i in order for y, x in _pixels(parts[i], part)]
            for i in batch_order:
                for y, x in _pixels(parts[i], part):
                    result[i, :, y, x] = bank.pop(0)
        else:
            values = [images[i, c, y, x] for i in order for c in range(3) for y, x in _pixels(parts[i], part)]
            for i in batch_order:
                for c in range(3):
                    for y, x in _pixels(parts[i], part):
                        result[i, c, y, x] = values.pop(0)
    return result


def _pixels(part_map: Tensor, part: int) -> list[tuple[int, int]]:
    height, width = part_map.shape
    return [(y, x) for y in range(height) for x in range(width) if part_map[y, x] == part]


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, Tensor, int]:
    batch, height, width = draw(st.integers(1, 5)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    seed = draw(st.integers(0, 2**31))
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (batch, 3, height, width), generator=generator).to(draw(st.sampled_from(DTYPES)))
    # From crowded maps to ones without any clothes.
    values = torch.tensor(draw(st.lists(st.integers(0, 5), min_size=1, max_size=6)))
    parts = values[torch.randint(0, len(values), (batch, height, width), generator=generator)]
    return images, parts.to(draw(st.sampled_from([torch.uint8, torch.int32, torch.int64]))), seed


def static_shapes() -> AbstractContextManager[object]:
    """Take the path of GPUs and compiled graphs."""
    return mock.patch("torch.compiler.is_compiling", return_value=True)


@pytest.mark.slow
@pytest.mark.parametrize("colours", COLOURS)
@given(batches())
@settings(max_examples=60)
def test_repainting_follows_the_equations_pixel_by_pixel(colours: Colours, batch: tuple[Tensor, Tensor, int]) -> None:
    images, parts, seed = batch
    orders = torch.rand(2, len(images), generator=torch.Generator().manual_seed(seed)).argsort(dim=1)
    expected = repaint_by_loops(images, parts, CLOTHES, orders, colours)
    assert torch.equal(repaint(images, parts, [2, 3], orders, colours), expected)
    with static_shapes():
        assert torch.equal(repaint(images, parts, [2, 3], orders, colours), expected)


@given(batches())
@settings(max_examples=40)
def test_repainted_pixels_are_a_permutation_of_the_batch_s_own(batch: tuple[Tensor, Tensor, int]) -> None:
    images, parts, seed = batch
    repainted = PixelSampling()(images, parts, torch.Generator().manual_seed(seed))
    for part in CLOTHES:
        before, after = (sorted(x.movedim(1, 3)[parts == part].tolist()) for x in (images, repainted))
        assert before == after


@given(batches())
@settings(max_examples=40)
def test_channel_values_are_a_permutation_of_the_batch_s_own(batch: tuple[Tensor, Tensor, int]) -> None:
    images, parts, seed = batch
    repainted = PixelSampling(colours="channels")(images, parts, torch.Generator().manual_seed(seed))
    for part in CLOTHES:
        before, after = (x.movedim(1, 3)[parts == part].flatten().sort().values for x in (images, repainted))
        assert torch.equal(before, after)


@pytest.mark.parametrize("colours", COLOURS)
@given(batches(), st.sampled_from([(Part.HEAD,), (Part.PANTS,), CLOTHES, tuple(Part)[1:]]))
@settings(max_examples=40)
def test_pixels_outside_the_parts_stay_untouched_and_the_input_is_not_changed(
    colours: Colours, batch: tuple[Tensor, Tensor, int], chosen: tuple[Part, ...]
) -> None:
    images, parts, seed = batch
    before = images.clone()
    repainted = PixelSampling(chosen, colours)(images, parts, torch.Generator().manual_seed(seed))
    outside = ~torch.isin(parts, torch.tensor(chosen))
    assert torch.equal(repainted.movedim(1, 3)[outside], images.movedim(1, 3)[outside])
    assert torch.equal(images, before)
    assert repainted.dtype == images.dtype


def test_pixels_outside_the_parts_keep_their_bits_where_they_are_not_even_numbers() -> None:
    images = torch.full((2, 3, 4, 4), torch.nan)
    images[0, 0, 0, 0] = -0.0
    parts = torch.zeros(2, 4, 4, dtype=torch.uint8)
    parts[:, 2:] = Part.PANTS
    repainted = PixelSampling()(images, parts)
    assert torch.equal(repainted.view(torch.int32), images.view(torch.int32))


@pytest.mark.parametrize("colours", COLOURS)
def test_a_batch_without_clothes_comes_back_as_it_is(colours: Colours) -> None:
    images = torch.rand(3, 3, 8, 4)
    parts = torch.full((3, 8, 4), Part.HEAD)
    for context in (nullcontext(), static_shapes()):
        with context:
            repainted = PixelSampling(colours=colours)(images, parts)
        assert torch.equal(repainted, images)
        assert repainted.data_ptr() != images.data_ptr()


def test_vectors_keep_colours_whole_and_channels_scramble_them_where_pixel_counts_differ() -> None:
    red, green = torch.tensor([255, 0, 0]), torch.tensor([0, 255, 0])
    images = torch.stack([red, green])[:, :, None, None].expand(2, 3, 1, 4).to(torch.uint8)
    parts = torch.tensor([[[2, 2, 2, 0]], [[2, 0, 0, 0]]])
    orders = torch.tensor([[1, 0]])
    whole = repaint(images, parts, [2], orders, "vectors")
    assert whole[0, :, 0].T.tolist() == [[0, 255, 0], [255, 0, 0], [255, 0, 0], [255, 0, 0]]
    # The bank reads 0 255 0 | 255 255 255 0 0 0 0 0 0, and the first image's red plane takes its first three.
    scrambled = repaint(images, parts, [2], orders, "channels")
    assert scrambled[0, :, 0].T.tolist() == [[0, 255, 0], [255, 255, 0], [0, 255, 0], [255, 0, 0]]


def test_channels_equal_vectors_where_all_images_have_the_same_number_of_pixels() -> None:
    images, parts = torch.rand(4, 3, 6, 4), torch.full((4, 6, 4), Part.PANTS)
    one, other = (PixelSampling(colours=c)(images, parts, torch.Generator().manual_seed(3)) for c in COLOURS)
    assert torch.equal(one, other)
    assert not torch.equal(one, images)


def test_upper_clothes_and_pants_come_from_different_shuffles() -> None:
    images = torch.arange(16.0)[:, None, None, None].expand(16, 3, 2, 1)
    parts = torch.tensor([Part.UPPER_CLOTHES, Part.PANTS])[None, :, None].expand(16, 2, 1)
    repainted = PixelSampling()(images, parts, torch.Generator().manual_seed(0))
    assert not torch.equal(repainted[:, 0, 0], repainted[:, 0, 1])


def test_the_generator_decides_the_result() -> None:
    images, parts = torch.rand(6, 3, 8, 4), torch.randint(0, 6, (6, 8, 4))
    one, same, other = (PixelSampling()(images, parts, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("colours", COLOURS)
def test_memory_order_of_images_and_parts_does_not_matter(colours: Colours) -> None:
    images, parts = torch.rand(4, 3, 8, 4), torch.randint(0, 6, (4, 8, 4))
    expected = PixelSampling(colours=colours)(images, parts, torch.Generator().manual_seed(1))
    channels_last = images.contiguous(memory_format=torch.channels_last)
    transposed = parts.transpose(1, 2).contiguous().transpose(1, 2)
    got = PixelSampling(colours=colours)(channels_last, transposed, torch.Generator().manual_seed(1))
    assert torch.equal(got, expected)


@pytest.mark.parametrize("colours", COLOURS)
def test_nothing_is_read_back_from_a_device(colours: Colours) -> None:
    # The meta device has shapes but no values, so an operation whose shape depends on values fails there.
    images, parts = torch.empty(4, 3, 8, 4, device="meta"), torch.empty(4, 8, 4, device="meta", dtype=torch.uint8)
    assert PixelSampling(colours=colours)(images, parts).shape == images.shape


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="torch.compile needs a C++ compiler")
def test_it_compiles_to_one_graph_under_autocast() -> None:
    generator = torch.Generator().manual_seed(0)
    images, parts = torch.rand(6, 3, 8, 4, generator=generator), torch.randint(0, 6, (6, 8, 4), generator=generator)
    compiled = torch.compile(PixelSampling(), fullgraph=True)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        repainted = compiled(images, parts)
    assert repainted.dtype == torch.float32
    assert not torch.equal(repainted, images)
    for part in Part:
        before, after = (x.movedim(1, 3)[parts == part] for x in (images, repainted))
        if part in CLOTHES:
            assert sorted(before.tolist()) == sorted(after.tolist())
        else:
            assert torch.equal(before, after)


@pytest.mark.parametrize(
    ("images", "parts", "message"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4), "expected integers"),
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.bool), "expected integers"),
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 5, dtype=torch.uint8), r"expected \(2, 4, 4\)"),
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4, dtype=torch.uint8), r"\(2, 1, 4, 4\)"),
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4, dtype=torch.uint8), r"expected \(B, 3, H, W\)"),
        (torch.zeros(3, 4, 4), torch.zeros(4, 4, dtype=torch.uint8), r"expected \(B, 3, H, W\)"),
        (torch.zeros(2, 3, 4, 4, dtype=torch.int64), torch.zeros(2, 4, 4, dtype=torch.uint8), "expected uint8"),
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.uint8, device="meta"), "one device"),
    ],
)
def test_what_is_no_batch_is_refused(images: Tensor, parts: Tensor, message: str) -> None:
    with pytest.raises(BatchError, match=message):
        PixelSampling()(images, parts)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        PixelSampling(())
    with pytest.raises(ValueError, match="none twice"):
        PixelSampling((Part.PANTS, Part.PANTS))
    with pytest.raises(ValueError, match="'vectors', 'channels'"):
        PixelSampling(colours="pixels")  # type: ignore[arg-type]


def test_printing_names_the_settings() -> None:
    assert str(PixelSampling()) == "PixelSampling(parts=['upper_clothes', 'pants'], colours='vectors')"
