"""MNIST: IDX files in, three fixed splits out, and the augmentation of a batch."""
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from split import Split, as_input

TRAIN = 55_000  # the 5,000 training images behind these are never trained on: they calibrate stop tables


def read_idx(path: Path) -> Tensor:
    """An IDX file of unsigned bytes: magic 00 00 08 <rank>, one big-endian u32 per dimension, the bytes."""
    data = path.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: magic {data[:4].hex()}, expected 000008xx (IDX of unsigned bytes)")
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    values = torch.frombuffer(bytearray(data[4 + 4 * rank :]), dtype=torch.uint8)
    expected = torch.Size(shape).numel()
    if values.numel() != expected:
        raise ValueError(f"{path}: {values.numel()} bytes of data, expected {expected}")
    return values.view(shape)


def load(folder: Path) -> tuple[Split, Split, Split]:
    """Training (first 55,000 training images), held out (the last 5,000), test (10,000)."""

    def both(stem: str) -> tuple[Tensor, Tensor]:
        images = read_idx(folder / f"{stem}-images-idx3-ubyte").unsqueeze(3)
        return images, read_idx(folder / f"{stem}-labels-idx1-ubyte").long()

    images, labels = both("train")
    test = Split(*both("t10k"))
    return Split(images[:TRAIN], labels[:TRAIN]), Split(images[TRAIN:], labels[TRAIN:]), test


class Affine:
    """A random shift (fraction of the side), zoom and rotation (rad) per image, uniform in ± the argument; what comes
    from outside the image is 0."""

    def __init__(self, images: Tensor, shift: float = 0.08, scale: float = 0.10, turn: float = 0.15) -> None:
        self.images, self.shift, self.scale, self.turn = images, shift, scale, turn

    def __call__(self, pick: Tensor, epoch: int) -> Tensor:
        """Indices [N] -> float32 [N, 1, H, W]."""
        images, n = as_input(self.images[pick]), len(pick)

        def uniform(limit: float) -> Tensor:
            return (torch.rand(n) * 2 - 1) * limit

        angle, zoom = uniform(self.turn), 1 + uniform(self.scale)
        cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
        # affine_grid measures in half sides: a shift of 8 % of the side is 0.16 there
        dx, dy = 2 * uniform(self.shift), 2 * uniform(self.shift)
        theta = torch.stack([cos, -sin, dx, sin, cos, dy], dim=1).view(n, 2, 3)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
