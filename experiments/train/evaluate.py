"""evaluate.py NETWORK --data FOLDER: accuracy and events of a checkpoint or ONNX file, in float32."""
import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

import checkpoint
import datasets
from network import Network
from spiking import simulate
from split import Split


@torch.no_grad()
def evaluate(net: Network, split: Split, size: int = 500) -> dict:
    """exits: % right. events_per_mac: Σ events·fan-out ÷ dense MACs, the mean over images; per layer too."""
    net.eval()
    right: Tensor | float = 0.0
    costs: Tensor | float = 0.0
    for images, labels in split.batches(size):
        logits, cost = net.with_costs(images)
        right = right + (torch.stack(logits).argmax(-1) == labels).sum(-1)
        costs = costs + cost * len(labels)
    n = len(split.labels)
    per_layer = (costs / n).tolist()
    return {
        "exits": [round(r, 2) for r in (100 * right / n).tolist()],
        "events_per_mac": round(sum(per_layer), 5),
        "per_layer": [round(c, 5) for c in per_layer],
    }


@torch.no_grad()
def evaluate_steps(net: Network, split: Split, steps: int, size: int = 500) -> dict:
    """Of a folded network with single spikes, after each step: % right per exit, Σ events·fan-out ÷ MACs so far."""
    right: Tensor | float = 0.0
    cost: Tensor | float = 0.0
    for images, labels in split.batches(size):
        logits, costs = simulate(net, images, steps)
        right = right + (torch.stack(logits).argmax(-1) == labels).sum(-1)
        cost = cost + costs * len(labels)
    n = len(split.labels)
    per_layer = (cost / n).cumsum(0)
    return {
        "exits": [[round(p, 2) for p in exit_right] for exit_right in (100 * right / n).tolist()],
        "events_per_mac": [round(c, 5) for c in per_layer.sum(1).tolist()],
        "per_layer_step_1": [round(c, 5) for c in per_layer[0].tolist()],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="last.pt, weights.pt or an ONNX file of export.py")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=("held_out", "test"), default="held_out")
    parser.add_argument("--steps", type=int, default=0, help="of single spikes; only for a folded network")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    split = getattr(datasets.load(args.data, args.limit), args.split)
    net = checkpoint.load(args.network)
    print(json.dumps(evaluate_steps(net, split, args.steps) if args.steps else evaluate(net, split)))


if __name__ == "__main__":
    main()
