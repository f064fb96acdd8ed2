"""CIFAR-10 as tensors: three fixed splits and the augmentation of a whole batch.

Pixels are x = p/255 in [0, 1] without mean or deviation, so a convolution's zero padding is pixel 0 and the
converter needs no special border.
"""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SIDE, PAD = 32, 4


@dataclass(frozen=True)
class Split:
    """images: uint8 [N, 32, 32, 3]; labels: int64 [N] in 0..9."""

    images: Tensor
    labels: Tensor

    def batches(self, size: int) -> list[tuple[Tensor, Tensor]]:
        """In order, the last one may be short; images as as_input gives them."""
        return [(as_input(i), l) for i, l in zip(self.images.split(size), self.labels.split(size))]


def as_input(images: Tensor) -> Tensor:
    """uint8 [N, H, W, 3] -> float32 [N, 3, H, W] in [0, 1], channels last in memory."""
    return images.permute(0, 3, 1, 2).float() / 255


def load(folder: Path) -> tuple[Split, Split, Split]:
    """Training (45,000), held out (5,000, split.npz), test (10,000)."""
    data, split = np.load(folder / "cifar10.npz"), np.load(folder / "split.npz")
    images, labels = torch.from_numpy(data["train_images"]), torch.from_numpy(data["train_labels"]).long()
    train, held_out = torch.from_numpy(split["train"]), torch.from_numpy(split["held_out"])
    test = Split(torch.from_numpy(data["test_images"]), torch.from_numpy(data["test_labels"]).long())
    return Split(images[train], labels[train]), Split(images[held_out], labels[held_out]), test


def pad(images: Tensor) -> Tensor:
    """uint8 [N, 32, 32, 3] -> [N, 40, 40, 3], zeros around; done once for all images."""
    return F.pad(images, (0, 0, PAD, PAD, PAD, PAD))


def augment(padded: Tensor, pick: Tensor, hole: int) -> Tensor:
    """Images `pick` with a random crop, a flip of half of them and a square hole (its centre anywhere, cut at the
    border, mid grey), as as_input gives them."""
    n, span = len(pick), torch.arange(SIDE)
    rows = torch.randint(0, 2 * PAD + 1, (n, 1)) + span
    flip = torch.rand(n, 1) < 0.5
    cols = torch.randint(0, 2 * PAD + 1, (n, 1)) + torch.where(flip, SIDE - 1 - span, span)
    images = padded[pick.view(n, 1, 1), rows.view(n, SIDE, 1), cols.view(n, 1, SIDE)]
    if hole:
        y, x = (span - torch.randint(0, SIDE, (n, 1)) for _ in range(2))
        inside = [(d >= -(hole // 2)) & (d < hole - hole // 2) for d in (y, x)]
        images[inside[0].unsqueeze(2) & inside[1].unsqueeze(1)] = 120
    return as_input(images)
