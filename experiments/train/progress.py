"""How far a run is, by its steps or by the clock, whichever is further: its schedule ends even where epochs are slow."""
import time
from datetime import datetime, timedelta, timezone


def deadline(minutes: float | None, until: str | None) -> float | None:
    """Seconds since 1970 at which the run must end: so many minutes from now, or the next HH:MM (UTC); None: never."""
    if until:
        now = datetime.now(timezone.utc)
        hour, minute = map(int, until.split(":"))
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (then if then > now else then + timedelta(days=1)).timestamp()
    return time.time() + 60 * minutes if minutes else None


class Progress:
    """value goes from 0 to 1. A run that goes on from step `done`, where its progress was `begun`, spreads the rest over
    the steps and the time that are left."""

    def __init__(self, steps: int, done: int = 0, begun: float = 0.0, end: float | None = None, clock=time.time) -> None:
        self.steps, self.done, self.begun, self.end, self.clock = steps, done, begun, end, clock
        self.started = clock()
        self.value = begun

    def at(self, step: int) -> float:
        """Progress before step `step` (from 0); never less than before."""
        if self.end is None and self.begun == self.done / self.steps:
            part = step / self.steps  # one division: a resumed run has the same rates to the last bit
        else:
            share = (step - self.done) / max(1, self.steps - self.done)
            if self.end is not None:
                share = max(share, (self.clock() - self.started) / max(1e-9, self.end - self.started))
            part = self.begun + (1 - self.begun) * share
        self.value = max(self.value, min(1.0, part))
        return self.value
