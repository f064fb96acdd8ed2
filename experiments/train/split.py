"""Images with their labels."""
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Split:
    """images: uint8 [N, H, W, C]; labels: int64 [N]."""

    images: Tensor
    labels: Tensor

    def batches(self, size: int) -> list[tuple[Tensor, Tensor]]:
        """In order, the last one may be short; images as as_input gives them."""
        return [(as_input(i), l) for i, l in zip(self.images.split(size), self.labels.split(size))]

    def first(self, count: int) -> "Split":
        return Split(self.images[:count], self.labels[:count])


def as_input(images: Tensor) -> Tensor:
    """uint8 [N, H, W, C] -> float32 [N, C, H, W], channels last in memory. Pixels are x = p/255 in [0, 1] without mean
    or deviation, so a convolution's zero padding is pixel 0 and the converter needs no special border."""
    return images.permute(0, 3, 1, 2).float() / 255
