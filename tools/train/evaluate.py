"""Accuracy and events of a network on a split, in float32 and with BatchNorm in evaluation mode."""
import torch

from mnist import Split
from networks import Network


@torch.no_grad()
def evaluate(net: Network, split: Split, size: int = 1000) -> dict:
    """final, early: % right. events_per_mac: Σ events·fan-out ÷ dense MACs, the mean over images; per layer too."""
    net.eval()
    final = early = 0
    costs = 0
    for images, labels in split.batches(size):
        by_early, by_final, cost = net.with_costs(images)
        early += int((by_early.argmax(1) == labels).sum())
        final += int((by_final.argmax(1) == labels).sum())
        costs = costs + cost * len(labels)
    n = len(split.labels)
    per_layer = (costs / n).tolist()
    return {
        "final": round(100 * final / n, 3),
        "early": round(100 * early / n, 3),
        "events_per_mac": round(sum(per_layer), 5),
        "per_layer": [round(c, 5) for c in per_layer],
    }
