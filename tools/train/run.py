"""What every training run shares: a folder with a resumable checkpoint and a JSON log, seeds, AdamW one-cycle."""
import json
import random
from pathlib import Path

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR


def seed_all(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)


def one_cycle(net: nn.Module, lr: float, decay: float, steps: int) -> tuple[AdamW, OneCycleLR]:
    """AdamW over `steps` steps; weights of rank ≥ 2 decay, biases, BatchNorm and λ do not."""
    weights = [p for p in net.parameters() if p.ndim >= 2]
    others = [p for p in net.parameters() if p.ndim < 2]
    groups = [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = AdamW(groups, lr=lr)
    return optimizer, OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.2)


class Run:
    """`folder`/last.pt after every epoch, `folder`/log.json with the configuration and one row per epoch."""

    def __init__(self, folder: Path, config: dict) -> None:
        self.folder = folder
        self.log = {"config": config, "epochs": []}
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self, net: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> int:
        """Loads the last checkpoint, if there is one; returns the epoch to go on with."""
        path = self.folder / "last.pt"
        if not path.exists():
            return 0
        saved = torch.load(path, weights_only=True)
        before, now = ({k: v for k, v in c.items() if k != "threads"} for c in (saved["config"], self.log["config"]))
        if before != now:
            raise ValueError(f"{path} was made with {before}, this run has {now}")
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
        torch.set_rng_state(saved["rng"])
        self.log["epochs"] = saved["epochs"]
        return len(saved["epochs"])

    def epoch_done(self, row: dict, net: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> None:
        self.log["epochs"].append(row)
        print(json.dumps(row), flush=True)
        state = {
            "config": self.log["config"],
            "net": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "rng": torch.get_rng_state(),
            "epochs": self.log["epochs"],
        }
        # renamed when complete: a run killed while it writes keeps the checkpoint before
        torch.save(state, self.folder / "next.pt")
        (self.folder / "next.pt").replace(self.folder / "last.pt")
        self.write()

    def finish(self, **results: object) -> None:
        self.log.update(results)
        print(json.dumps(results), flush=True)
        self.write()

    def write(self) -> None:
        rows = ",\n".join("  " + json.dumps(row) for row in self.log["epochs"])
        rest = {k: v for k, v in self.log.items() if k != "epochs"}
        head = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in rest.items())
        (self.folder / "log.json").write_text(f"{{\n{head},\n \"epochs\": [\n{rows}\n ]\n}}\n")
