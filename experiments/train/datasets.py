"""The data sets that train.py knows; which one it is, a folder says by its files."""
import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

import cifar
import mnist
from split import Split

FILES = {"mnist": "train-images-idx3-ubyte", "cifar10": "cifar10.npz", "cifar100": "cifar100.npz"}
CLASSES = {"mnist": 10, "cifar10": 10, "cifar100": 100}
Augment = Callable[[Tensor, int], Tensor]  # (indices [N], epoch) -> float32 [N, C, H, W]


@dataclass(frozen=True)
class Data:
    """train: for training only; held_out: to choose and to calibrate with; test: read once, at the end."""

    name: str
    train: Split
    held_out: Split
    test: Split

    def shape(self) -> dict[str, int]:
        """The part of a network's Shape that the data set settles."""
        side, channels = self.train.images.shape[2:]
        return {"channels": channels, "side": side, "classes": CLASSES[self.name]}


def load(folder: Path, limit: int = 0) -> Data:
    """The data set in `folder`; limit: only so many images of each split (0: all)."""
    names = [name for name, file in FILES.items() if (folder / file).exists()]
    if len(names) != 1:
        raise ValueError(f"{folder}: expected the files of one data set ({', '.join(FILES.values())}), found {names}")
    splits = mnist.load(folder) if names[0] == "mnist" else cifar.load(folder / FILES[names[0]])
    return Data(names[0], *(s.first(limit) if limit else s for s in splits))


def augment(data: Data, args: argparse.Namespace) -> Augment:
    """Of the training images: affine for MNIST, crop and flip for CIFAR."""
    if data.name == "mnist":
        return mnist.Affine(data.train.images)
    return cifar.CropFlip(data.train.images, args.crop, args.flip, args.hole)
