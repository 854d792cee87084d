"""Wall clock, CPU time and memory of commands run in pairs, and what to say of them."""

import os
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    """One timed run."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, of the command and what it started
    rss: float  # MiB, of its largest process; not below what this process itself takes
    foreign: float  # CPU seconds per wall second that neither the command nor the server took
    requests: dict = field(default_factory=dict)


@dataclass
class Command:
    """What is run: with `before` untimed ahead of every run."""

    argv: list
    cwd: Path
    before: object = None
    after: object = None


def cpu_of(pid):
    """CPU seconds that a running process has taken."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy():
    """CPU seconds that the whole machine has taken, of all its cores."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    numbers = [int(number) for number in fields]
    return (sum(numbers[:3]) + sum(numbers[5:8])) / TICKS


def wait_for_quiet(longest, share=0.25):
    """Waits until others take less than `share` of a core, though not longer than told."""
    end = time.monotonic() + longest
    while time.monotonic() < end:
        start, before = time.monotonic(), busy()
        time.sleep(0.25)
        if (busy() - before) / (time.monotonic() - start) < share:
            return


class Failed(Exception):
    """A measured command did not succeed."""


def run(command, env, server_pids=()):
    """Runs a command once, timed."""
    if command.before:
        command.before()
    mine = sum(map(cpu_of, server_pids))
    all_before = busy()
    with open(os.devnull, "rb") as nothing:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command.argv],
            cwd=command.cwd,
            env=env,
            stdin=nothing,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    cpu = usage.ru_utime + usage.ru_stime
    served = sum(map(cpu_of, server_pids)) - mine
    foreign = max(0.0, busy() - all_before - cpu - served) / wall
    if process.returncode:
        line = " ".join(map(str, command.argv))
        raise Failed(f"exit code {process.returncode}: {line}\n{said.decode(errors='replace')}")
    if command.after:
        command.after()
    return Run(wall, cpu, usage.ru_maxrss / 1024, foreign)


def pairs(sides, count, env, server, quiet=0.0):
    """Runs the commands of all sides in turn, `count` times after a warm-up that is not kept."""
    runs = {name: [] for name in sides}
    for turn in range(count + 1):
        if quiet:
            wait_for_quiet(quiet)
        for name, command in sides.items():
            server.forget()
            one = run(command, env, server.pids())
            one.requests = server.counts()
            if turn:
                runs[name].append(one)
    return runs


def summary(runs):
    """Median, least and greatest of each number of a side's runs."""
    walls = [one.wall for one in runs]
    return {
        "wall": statistics.median(walls),
        "wall_min": min(walls),
        "wall_max": max(walls),
        "cpu": statistics.median(one.cpu for one in runs),
        "rss_mib": statistics.median(one.rss for one in runs),
        "foreign": statistics.median(one.foreign for one in runs),
        "requests": runs[-1].requests,
        "runs": [asdict(one) for one in runs],
    }


def compare(ours, theirs):
    """The ratios of two sides that ran in pairs: below 1 is in favour of the first."""
    paired = [a.wall / b.wall for a, b in zip(ours, theirs)]
    median = statistics.median
    return {
        "wall": median(r.wall for r in ours) / median(r.wall for r in theirs),
        "wall_of_least": min(r.wall for r in ours) / min(r.wall for r in theirs),
        "wall_pairwise": median(paired),
        "cpu": median(r.cpu for r in ours) / max(1e-9, median(r.cpu for r in theirs)),
        "rss": median(r.rss for r in ours) / median(r.rss for r in theirs),
    }
