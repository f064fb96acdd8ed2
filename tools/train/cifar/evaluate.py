"""Accuracy and events of a network on a split, in float32 and with BatchNorm in evaluation mode."""
import torch

from cifar import Split, as_input
from networks import EXITS, Network


@torch.no_grad()
def evaluate(net: Network, split: Split, size: int = 500) -> dict:
    """exits: % right. events_per_mac: Σ events·fan-out ÷ dense MACs, the mean over images; per layer too."""
    net.eval()
    right = torch.zeros(len(EXITS))
    costs = 0
    for images, labels in zip(split.images.split(size), split.labels.split(size)):
        logits, cost = net.with_costs(as_input(images))
        right += torch.stack([(e.argmax(1) == labels).sum() for e in logits])
        costs = costs + cost * len(labels)
    n = len(split.labels)
    per_layer = (costs / n).tolist()
    return {
        "exits": [round(r, 2) for r in (100 * right / n).tolist()],
        "events_per_mac": round(sum(per_layer), 5),
        "per_layer": [round(c, 5) for c in per_layer],
    }
