"""Facts about this machine and its processes, from /proc."""

import os
import platform
from pathlib import Path

MIB_KIB = 1024


def facts() -> str:
    """What an absolute figure depends on, at this moment, as one line."""
    one, five, _ = os.getloadavg()
    usable = len(os.sched_getaffinity(0))
    return (
        f"{usable} cores ({_model()}), load average {one:.1f} (1 min) {five:.1f} (5 min) at start,"
        f" Python {platform.python_version()}, Linux {platform.release()}"
    )


def memory_mib(pid: int) -> float:
    """Proportional set size: what the process alone uses, and its share of what it shares."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / MIB_KIB


def cpu_s(pid: int) -> float:
    """CPU seconds that the process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _model() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line)
    return next(names, platform.machine())
