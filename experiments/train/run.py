"""The folder of a training run: a checkpoint to go on from, a JSON log, and the weights at the end."""
import json
import random
from dataclasses import asdict
from pathlib import Path

import torch

from checkpoint import save_half
from network import Network
from optimizers import Scheduled

WHERE_AND_WHEN = {"threads", "minutes", "until", "time"}  # may differ when a run goes on


def seed_all(seed: int) -> None:
    random.seed(seed)
    torch.manual_seed(seed)


class Run:
    """last.pt after every epoch; log.json: the configuration, the network's shape, one row per epoch, the results;
    weights.pt at the end, in half precision."""

    def __init__(self, folder: Path, config: dict, net: Network) -> None:
        self.folder, self.net = folder, net
        config = {k: str(v) if isinstance(v, Path) else v for k, v in config.items()}
        self.log = {"config": config, "shape": asdict(net.shape), "torch": torch.__version__, "epochs": []}
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self, optimizer: Scheduled) -> tuple[int, float]:
        """Loads the last checkpoint, if there is one; returns the epochs done and the progress they made."""
        path = self.folder / "last.pt"
        if not path.exists():
            return 0, 0.0
        saved = torch.load(path, weights_only=True)
        before, now = ({k: v for k, v in c.items() if k not in WHERE_AND_WHEN} for c in (saved["config"], self.log["config"]))
        if (before, saved["shape"]) != (now, self.log["shape"]):
            raise ValueError(f"{path} was made with {before}, this run has {now}")
        self.net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["rng"])
        self.log["epochs"] = saved["epochs"]
        return len(saved["epochs"]), saved["progress"]

    def epoch_done(self, row: dict, optimizer: Scheduled, progress: float) -> None:
        self.log["epochs"].append(row)
        print(json.dumps(row), flush=True)
        state = {
            "config": self.log["config"],
            "shape": self.log["shape"],
            "net": self.net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "epochs": self.log["epochs"],
            "progress": progress,
        }
        # renamed when complete: a run killed while it writes keeps the checkpoint before
        torch.save(state, self.folder / "next.pt")
        (self.folder / "next.pt").replace(self.folder / "last.pt")
        self.write()

    def finish(self, **results: object) -> None:
        self.log.update(parameters=sum(p.numel() for p in self.net.parameters()), bounds=self.net.bounds(), **results)
        print(json.dumps(results), flush=True)
        save_half(self.net, self.log["config"], self.folder / "weights.pt")
        self.write()

    def write(self) -> None:
        rows = ",\n".join("  " + json.dumps(row) for row in self.log["epochs"])
        rest = {k: v for k, v in self.log.items() if k != "epochs"}
        head = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in rest.items())
        (self.folder / "log.json").write_text(f"{{\n{head},\n \"epochs\": [\n{rows}\n ]\n}}\n")
