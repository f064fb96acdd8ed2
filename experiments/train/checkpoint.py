"""Networks from files: checkpoints of a run, its half-precision weights, or ONNX files of export.py."""
from dataclasses import asdict
from pathlib import Path

import torch

from network import Network, Shape


def load(path: Path) -> Network:
    """In evaluation mode, channels last."""
    if path.suffix == ".onnx":
        from restore import restore  # onnx is needed for these files only

        return restore(path)
    saved = torch.load(path, weights_only=True)
    net = Network(Shape(**saved["shape"]))
    net.load_state_dict(saved["net"])
    return net.eval().to(memory_format=torch.channels_last)


def start(net: Network, path: Path) -> None:
    """Takes the weights of another network, of any number of levels. λ of a ReLU network is not there and keeps its default;
    classifiers for another number of classes are left out."""
    mine, given = net.state_dict(), load(path).state_dict()
    fits = {k: v for k, v in given.items() if k in mine and v.shape == mine[k].shape}
    classifiers = tuple(net.architecture.exit_names())
    missing = [k for k in mine if k not in fits and not k.endswith("act.bound") and not k.startswith(classifiers)]
    if missing:
        raise ValueError(f"{path} is of another network than {net.shape.net}: no {', '.join(missing[:3])} that fits")
    net.load_state_dict(fits, strict=False)


def save_half(net: Network, config: dict, path: Path) -> None:
    """Weights of rank ≥ 2 as float16, the rest (BatchNorm, λ, biases: little) as it is; a third of a checkpoint or less."""
    state = {k: v.half() if v.ndim >= 2 else v for k, v in net.state_dict().items()}
    torch.save({"config": config, "shape": asdict(net.shape), "net": state}, path)
