"""What the parts of the bench share: where the packages are, clocks, child processes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from operator import itemgetter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "bench"
sys.path[:0] = [str(TOOLS), str(ROOT / "tests" / "reference")]


class Clock:
    """Wall and CPU seconds of this process since it was made."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return time.perf_counter(), used.ru_utime + used.ru_stime

    def read(self):
        wall, cpu = (now - start for now, start in zip(self.now(), self.start))
        return {"wall": wall, "cpu": cpu}


class Failed(Exception):
    """A process that ended with an error."""


def one_core():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def cpu_so_far(process):
    """CPU seconds a running process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(command, steps=None):
    """Runs a command on one core. Gives wall and CPU seconds, peak memory in MB and the last
    line of its output if that is JSON, whose own figures win: a peer tells what it used after
    its imports. `steps`, a list, takes (line of the error output, CPU seconds so far)."""
    one = ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    threads = dict.fromkeys(one, "1")
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **threads}, preexec_fn=one_core, text=True,
            stdout=subprocess.PIPE, stderr=errors if steps is None else subprocess.PIPE, cwd=ROOT)
        if steps is not None:
            for line in process.stderr:
                steps.append((line.rstrip(), cpu_so_far(process)))
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        errors.seek(0)
        said = errors.read() if steps is None else "\n".join(line for line, _ in steps)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        words = " ".join(Path(str(part)).name for part in command)
        # The last line that is not indented: what Python calls the error, without its surroundings.
        why = [line for line in said.splitlines() if line[:1].strip()][-1:]
        raise Failed(f"{words} failed ({process.returncode}): {''.join(why)}")
    figures = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory_mb": used.ru_maxrss / 1024}
    last = output.strip().rsplit("\n", 1)[-1]
    if last.startswith("{") and last.endswith("}"):
        figures.update(json.loads(last))
    return figures


def best(times, command, before=None, cpu=itemgetter("cpu")):
    """The run with the least CPU of so many; `before` makes room for each."""
    runs = []
    for _ in range(times):
        if before:
            before()
        runs.append(run(command))
    return min(runs, key=cpu)


def peer(*arguments, **options):
    """As `best`, but without it the rest goes on: a line says why, and there are no figures."""
    try:
        return best(*arguments, **options)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr, flush=True)
        return None
