"""The networks that train.py knows, by name: layers in a row, skips between them, classifiers behind some of them.

A layer is a convolution (3×3, padding 1), BatchNorm and an activation. Image size, input channels and classes are the
data set's, so each network fits each data set.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """skip: index of the layer whose output is added before this one's activation, as it is or, where `project`, through
    a 1×1 convolution and BatchNorm (which has the stride between the two)."""

    channels: int
    stride: int = 1
    skip: int | None = None
    project: bool = False


@dataclass(frozen=True)
class Architecture:
    """exits: indices of the layers that carry a pooled classifier, ascending; the last one is the final exit, behind the
    last layer. names: of the classifiers in a checkpoint."""

    layers: tuple[Layer, ...]
    exits: tuple[int, ...]
    names: tuple[str, ...] = ()

    def exit_names(self) -> list[str]:
        """exit1, exit2, … unless they have names of their own."""
        return list(self.names) or [f"exit{i + 1}" for i in range(len(self.exits))]

    def output_names(self) -> list[str]:
        """Outputs of the ONNX file: the same, and `final`."""
        return [*self.exit_names()[:-1], "final"]


def chain(words: str, *exits: int, names: tuple[str, ...] = ()) -> Architecture:
    """'16 32/2': 16 channels, then 32 with stride 2."""
    pairs = [[int(n) for n in word.split("/")] for word in words.split()]
    return Architecture(tuple(Layer(*pair) for pair in pairs), exits, names)


def residual(stem: int, blocks: tuple[int, ...], *exits: int, project: bool = False) -> Architecture:
    """Basic blocks of two layers; channels double and the side halves from one part to the next. project: every skip is
    a 1×1 convolution, not only those where the shape changes."""
    layers = [Layer(stem)]
    for part, count in enumerate(blocks):
        for k in range(count):
            opens = k == 0 and part > 0
            width, source = stem << part, len(layers) - 1
            layers += [Layer(width, 2 if opens else 1), Layer(width, 1, source, project or opens)]
    return Architecture(tuple(layers), exits)


# CIFAR-10, int8 weights and dense MACs: mcu 0.29 MB, 11.1 M; vgg68 1.15 MB, 67.8 M; vgg11 9.2 MB, 153 M;
# resnet20 0.27 MB, 40.9 M; resnet18 11.5 MB, 576 M. MNIST: tiny 0.01 MB, 0.7 M; small 0.07 MB, 5.5 M; resnet8 0.08 MB, 9.4 M.
ARCHITECTURES = {
    "tiny": chain("16/2 32/2 32", 1, 2, names=("early", "final")),
    "small": chain("16 32/2 32 64/2 64", 2, 4, names=("early", "final")),
    "resnet8": residual(16, (1, 1, 1), 2, 4, 6),
    "mcu": chain("16 32/2 32 64/2 64 128/2 128", 2, 4, 6),
    "mcu8": Architecture((*chain("16 32/2 32 64/2 64").layers, Layer(64, skip=3), *chain("112/2 112").layers), (5, 7)),
    "resnet20": residual(16, (3, 3, 3), 6, 12, 18),
    "vgg68": chain("64 64/2 128 128/2 256 256/2", 1, 3, 5),
    "vgg11": chain("64 128/2 256/2 256 512/2 512 512/2 512", 3, 5, 7),  # the paper's, as is the next
    "resnet18": residual(64, (2, 2, 2, 2), 8, 16, project=True),
}
