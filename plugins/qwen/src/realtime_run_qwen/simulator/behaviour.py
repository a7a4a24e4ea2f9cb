"""How the simulated server behaves where it may behave in several ways."""

from dataclasses import dataclass, field

from realtime_run_qwen.simulator.faults import QwenFaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One server's habits."""

    idle_s: float = 300.0
    """How long a client may send nothing."""
    answers_tools: bool = True
    """Where it finds the turns, it goes on by itself after tools' results."""
    faults: QwenFaults = field(default_factory=QwenFaults)

    @property
    def drops_after_s(self) -> float:
        """How long a client may send nothing, faults considered."""
        idle_s = self.faults.idle_s
        return self.idle_s if idle_s is None else idle_s
