"""The six networks of the paper (Habara et al., 2024), at full width: VGG-11/16/19 with stride 2 instead of pooling, and
ResNet-18/34 (basic blocks) and -50 (bottleneck blocks) whose every skip is a 1×1 convolution.

Exits are pooled classifiers behind any activation; the last one is behind the last.
"""
from collections.abc import Callable

import torch
from torch import Tensor, nn

from qcfs import Qcfs

VGGS = {  # channels; "/" opens the next resolution, where the original has a max pool
    "vgg11": "64 / 128 / 256 256 / 512 512 / 512 512",
    "vgg16": "64 64 / 128 128 / 256 256 256 / 512 512 512 / 512 512 512",
    "vgg19": "64 64 / 128 128 / 256 256 256 256 / 512 512 512 512 / 512 512 512 512",
}
RESNETS = {  # blocks per resolution, expansion of the block's output
    "resnet18": ((2, 2, 2, 2), 1),
    "resnet34": ((3, 4, 6, 3), 1),
    "resnet50": ((3, 4, 6, 3), 4),
}
NAMES = (*VGGS, *RESNETS)


class Spiking(nn.Module):
    """QCFS with `levels` steps, to be exported or trained without a price on events."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.qcfs = Qcfs(torch.zeros(1, 1), levels)

    def forward(self, x: Tensor) -> Tensor:
        return self.qcfs(x)[0]


def activation(kind: str, levels: int) -> Callable[[], nn.Module]:
    """'relu', 'leaky' (slope 0.1, as in the paper's code) or 'qcfs'."""
    if kind == "relu":
        return nn.ReLU
    if kind == "leaky":
        return lambda: nn.LeakyReLU(0.1)
    if kind == "qcfs":
        return lambda: Spiking(levels)
    raise ValueError(f"activation {kind!r} is none of relu, leaky, qcfs")


def conv(cin: int, cout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(cin, cout, kernel, stride, padding=kernel // 2, bias=False), nn.BatchNorm2d(cout)
    )


class Plain(nn.Module):
    """Convolution 3×3, BatchNorm, activation."""

    def __init__(self, cin: int, cout: int, stride: int, act: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.conv, self.act = conv(cin, cout, 3, stride), act()

    def forward(self, x: Tensor, seen: list[Tensor]) -> Tensor:
        seen.append(self.act(self.conv(x)))
        return seen[-1]


class Block(nn.Module):
    """activation(branch(x) + skip(x)); the branch is 3×3-3×3, or 1×1-3×3-1×1 where `expansion` is 4."""

    def __init__(self, cin: int, width: int, expansion: int, stride: int, act: Callable[[], nn.Module], identity: bool) -> None:  # fmt: skip
        super().__init__()
        cout = width * expansion
        if expansion == 1:
            convs = [conv(cin, width, 3, stride), conv(width, cout, 3)]
        else:
            convs = [conv(cin, width, 1), conv(width, width, 3, stride), conv(width, cout, 1)]
        self.convs = nn.ModuleList(convs)
        self.acts = nn.ModuleList(act() for _ in convs)
        same = identity and stride == 1 and cin == cout
        self.skip = nn.Identity() if same else conv(cin, cout, 1, stride)

    def forward(self, x: Tensor, seen: list[Tensor]) -> Tensor:
        y = x
        for layer, act in zip(self.convs[:-1], self.acts):
            y = act(layer(y))
            seen.append(y)
        seen.append(self.acts[-1](self.convs[-1](y) + self.skip(x)))
        return seen[-1]


class Exit(nn.Module):
    """[N, C, H, W] -> global average pool -> logits [N, classes]."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.pool, self.linear = nn.AdaptiveAvgPool2d(1), nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(torch.flatten(self.pool(x), 1))


class Paper(nn.Module):
    """image [N, *input] -> logits [N, classes] per exit, the final one last.

    exits: activations, counted from 0, behind which an intermediate exit stands; () for none.
    identity: skips of equal shape are identities instead of 1×1 convolutions. width: factor on all channels.
    """

    def __init__(self, name: str, input: tuple[int, int, int] = (3, 32, 32), classes: int = 10,
                 exits: tuple[int, ...] | None = None, kind: str = "relu", levels: int = 4, width: float = 1.0,
                 identity: bool = False) -> None:  # fmt: skip
        super().__init__()
        act, cin = activation(kind, levels), input[0]
        layers: list[nn.Module] = []
        if name in VGGS:
            stride = 1
            for word in VGGS[name].split():
                if word == "/":
                    stride = 2
                    continue
                cout = max(1, round(int(word) * width))
                layers.append(Plain(cin, cout, stride, act))
                cin, stride = cout, 1
        else:
            blocks, expansion = RESNETS[name]
            stem = max(1, round(64 * width))
            layers.append(Plain(cin, stem, 1, act))
            cin = stem
            for i, count in enumerate(blocks):
                for k in range(count):
                    layers.append(Block(cin, stem * 2**i, expansion, 2 if k == 0 and i > 0 else 1, act, identity))
                    cin = stem * 2**i * expansion
        self.layers = nn.ModuleList(layers)
        with torch.no_grad():
            self.channels = [x.shape[1] for x in self.activations(torch.zeros(2, *input))]
        self.exits = (len(self.channels) // 2,) if exits is None else exits
        if any(not 0 <= e < len(self.channels) - 1 for e in self.exits):
            raise ValueError(f"exits {self.exits}: {name} has activations 0..{len(self.channels) - 1}, the last is the final")
        self.early = nn.ModuleList(Exit(self.channels[e], classes) for e in self.exits)
        self.final = Exit(cin, classes)

    def activations(self, x: Tensor) -> list[Tensor]:
        """The output of every activation, in order."""
        seen: list[Tensor] = []
        for layer in self.layers:
            x = layer(x, seen)
        return seen

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        seen = self.activations(image)
        return (*(head(seen[e]) for head, e in zip(self.early, self.exits)), self.final(seen[-1]))


def randomise(net: nn.Module, seed: int) -> nn.Module:
    """He weights and BatchNorm statistics that are not trivial to fold, in evaluation mode."""
    torch.manual_seed(seed)
    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(m.weight)
            if m.bias is not None:
                nn.init.normal_(m.bias, 0, 0.1)
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.8, 1.2)
            nn.init.normal_(m.bias, 0, 0.1)
            m.running_mean.normal_(0, 0.1)
            m.running_var.uniform_(0.8, 1.2)
    return net.eval()
