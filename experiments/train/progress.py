"""How far a run is."""


class Progress:
    """value goes from 0 to 1."""

    def __init__(self, steps: int, value: float = 0.0) -> None:
        self.steps, self.value = steps, value

    def at(self, step: int) -> float:
        """Progress before step `step` (from 0)."""
        self.value = step / self.steps
        return self.value
