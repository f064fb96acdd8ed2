"""CIFAR-10 and -100: three fixed splits, and the augmentation of a batch."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from split import Split, as_input

GREY = 120


def load(path: Path) -> tuple[Split, Split, Split]:
    """Training (45,000), held out (5,000), test (10,000) of decode.py's file; split.npz lies beside it."""
    data, split = np.load(path), np.load(path.parent / "split.npz")
    images, labels = torch.from_numpy(data["train_images"]), torch.from_numpy(data["train_labels"]).long()
    train, held_out = torch.from_numpy(split["train"]), torch.from_numpy(split["held_out"])
    test = Split(torch.from_numpy(data["test_images"]), torch.from_numpy(data["test_labels"]).long())
    return Split(images[train], labels[train]), Split(images[held_out], labels[held_out]), test


class CropFlip:
    """A crop shifted by up to `crop` pixels each way (zeros around), a flip, and a grey square of side `hole` (its centre
    anywhere, cut at the border; 0: none). flip: 'random', or 'alternate': each image in every other epoch."""

    def __init__(self, images: Tensor, crop: int, flip: str, hole: int) -> None:
        self.side, self.crop, self.flip, self.hole = images.shape[1], crop, flip, hole
        self.padded = F.pad(images, (0, 0, crop, crop, crop, crop))  # once, for all images
        self.first = torch.randint(0, 2, (len(images),), generator=torch.Generator().manual_seed(0)) == 1

    def __call__(self, pick: Tensor, epoch: int) -> Tensor:
        """Indices [N] -> float32 [N, 3, H, W], channels last in memory."""
        n, side, span = len(pick), self.side, torch.arange(self.side)
        rows = torch.randint(0, 2 * self.crop + 1, (n, 1)) + span
        flip = torch.rand(n, 1) < 0.5 if self.flip == "random" else (self.first[pick] ^ (epoch % 2 == 1)).view(n, 1)
        cols = torch.randint(0, 2 * self.crop + 1, (n, 1)) + torch.where(flip, side - 1 - span, span)
        images = self.padded[pick.view(n, 1, 1), rows.view(n, side, 1), cols.view(n, 1, side)]
        if self.hole:
            y, x = (span - torch.randint(0, side, (n, 1)) for _ in range(2))
            inside = [(d >= -(self.hole // 2)) & (d < self.hole - self.hole // 2) for d in (y, x)]
            images[inside[0].unsqueeze(2) & inside[1].unsqueeze(1)] = GREY
        return as_input(images)
