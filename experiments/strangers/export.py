"""export.py FOLDER --data cifar10.npz: networks of torchvision, timm and pytorchcv as ONNX files, for `npm run strangers -- --folder`.

Their authors' layers with random weights; batch normalizations see 512 images, and the classifier is fitted by least
squares on 4,000, so that each knows its pictures. Every second is written by PyTorch's older exporter.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
FITTED, BATCH, RIDGE = 4000, 100, 1e-2


def torchvision(name, **options):
    from torchvision import models

    return getattr(models, name)(weights=None, num_classes=10, **options)


def timm(name, **options):
    from timm import create_model

    return create_model(name, pretrained=False, num_classes=10, **options)


def pytorchcv(name):
    from pytorchcv.model_provider import get_model

    return get_model(name, pretrained=False)


class Shortcut(nn.Module):
    """Option A of He et al.: every second pixel, and zeros as further channels."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, x):
        return nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.channels // 4, self.channels // 4))


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Identity() if stride == 1 else Shortcut(channels)

    def forward(self, x):
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(h + self.shortcut(x))


def option_a(blocks):
    """A ResNet for CIFAR whose skips have no weights, as its paper has it."""
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for channels, stride in [(16, 1), (32, 2), (64, 2)]:
        for i in range(blocks):
            layers.append(Block(inputs, channels, stride if i == 0 else 1))
            inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


NETWORKS = {
    "torchvision resnet18": lambda: torchvision("resnet18"),
    "torchvision mobilenet_v2": lambda: torchvision("mobilenet_v2"),
    "torchvision mnasnet0_5": lambda: torchvision("mnasnet0_5"),
    "torchvision regnet_x_400mf": lambda: torchvision("regnet_x_400mf"),
    "torchvision mobilenet_v3_small": lambda: torchvision("mobilenet_v3_small"),
    "torchvision squeezenet1_1": lambda: torchvision("squeezenet1_1"),
    "torchvision shufflenet_v2_x0_5": lambda: torchvision("shufflenet_v2_x0_5"),
    "torchvision regnet_y_400mf": lambda: torchvision("regnet_y_400mf"),
    "torchvision efficientnet_b0": lambda: torchvision("efficientnet_b0"),
    "torchvision densenet121": lambda: torchvision("densenet121"),
    "timm resnet10t": lambda: timm("resnet10t"),
    "timm resnet14t": lambda: timm("resnet14t"),
    "timm repvgg_a0": lambda: timm("repvgg_a0"),
    "timm mobilenetv1_100": lambda: timm("mobilenetv1_100"),
    "timm lcnet_050": lambda: timm("lcnet_050"),
    "timm vgg11_bn": lambda: timm("vgg11_bn"),
    "timm darknet17": lambda: timm("darknet17"),
    "timm convnext_atto": lambda: timm("convnext_atto"),
    "timm vit_tiny": lambda: timm("vit_tiny_patch16_224", img_size=32, patch_size=4),
    "pytorchcv resnet20_cifar10": lambda: pytorchcv("resnet20_cifar10"),
    "pytorchcv resnet56_cifar10": lambda: pytorchcv("resnet56_cifar10"),
    "pytorchcv preresnet20_cifar10": lambda: pytorchcv("preresnet20_cifar10"),
    "pytorchcv seresnet20_cifar10": lambda: pytorchcv("seresnet20_cifar10"),
    "pytorchcv nin_cifar10": lambda: pytorchcv("nin_cifar10"),
    "pytorchcv densenet40_k12_cifar10": lambda: pytorchcv("densenet40_k12_cifar10"),
    "pytorchcv rir_cifar10": lambda: pytorchcv("rir_cifar10"),
    "ResNet-20, option A": lambda: option_a(3),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="cifar10.npz, of experiments/train/decode.py")
    parser.add_argument("--only", default="", help="networks with this in their name")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    data = np.load(args.data)
    images, labels = data["train_images"], data["train_labels"].astype(np.int64)
    chosen = np.random.default_rng(0).permutation(len(labels))[:FITTED]
    options = {}
    x = (torch.from_numpy(images[chosen]).permute(0, 3, 1, 2) / 255 - tensor(MEAN)) / tensor(STD)
    for number, (name, make) in enumerate(NETWORKS.items()):
        if args.only not in name:
            continue
        torch.manual_seed(number)
        try:
            net = make()
            fit(net, x, labels[chosen])
            file = args.folder / (name.replace(" ", "-").replace(",", "") + ".onnx")
            export(net, x[:2].contiguous(), file, dynamo=number % 2 == 0)
            options[file.name] = ["--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, STD))]
            print(f"{name}: {file.stat().st_size} bytes", flush=True)
        except Exception as error:  # One that its own library cannot make or write must not end the others.
            print(f"{name}: not written: {str(error).splitlines()[0][:150]}", flush=True)


    (args.folder / "options.json").write_text(json.dumps(options, indent=2))


def tensor(values):
    return torch.tensor(values).view(1, 3, 1, 1)


@torch.no_grad()
def fit(net, x, labels):
    """Statistics of the batch normalizations by the mean over batches, then the last dense layer or 1x1 convolution."""
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = None
            m.reset_running_stats()
    net.train()
    for i in range(0, 512, 128):
        net(x[i : i + 128])
    net.eval()
    head = [m for m in net.modules() if isinstance(m, (nn.Linear, nn.Conv2d))][-1]
    seen = []
    handle = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    for i in range(0, len(x), BATCH):
        net(x[i : i + BATCH])
    handle.remove()
    features = torch.cat(seen).double()
    if features.dim() == 4:
        features = features.mean((2, 3))
    features = torch.cat([features, torch.ones(len(features), 1, dtype=torch.double)], 1)
    target = 2 * nn.functional.one_hot(torch.from_numpy(labels), 10).double() - 1
    gram = features.T @ features
    gram += RIDGE * gram.trace() / len(gram) * torch.eye(len(gram), dtype=torch.double)
    weights = torch.linalg.solve(gram, features.T @ target).T.float()
    head.weight.copy_(weights[:, :-1].view_as(head.weight))
    if head.bias is not None:
        head.bias.copy_(weights[:, -1])


def export(net, example, file, dynamo):
    options = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamo else {"dynamic_axes": {"x": {0: "N"}}}
    names = {"input_names": ["x"], "output_names": ["classes"]}
    torch.onnx.export(net, (example,), str(file), dynamo=dynamo, external_data=False, **names, **options)


if __name__ == "__main__":
    main()
