#!/usr/bin/env python3
"""`exercise` on loop devices beside fio on one like them: what the clients of an array get of what one of its disks gives.

    tests/bench/exercise_vs_fio.py build/release/drivers/holdfast [--folder F] [--seconds S] [--rounds N]

RAID-5 of four members, with and without a journal. In turns, best of the rounds: 4 KiB random writes at depth 32, then 1 MiB
sequential ones at depth 8. exercise judges while it works: each request is told to another process, and each block names
itself. One 4 KiB write is two reads and two writes of the members, and with a journal a unit and a flush of the log. The
image files share one disk, so all five devices together can't be faster than it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from loop_devices import LoopDevices  # noqa: E402
from uring_vs_fio import run  # noqa: E402

kinds = {"4 KiB random": ("randwrite", "4k", 32, "random", "4KiB"), "1 MiB sequential": ("write", "1m", 8, "sequential", "1MiB")}


def fio(path, rw, size, depth, seconds):
    """Bytes per second."""
    printed, _ = run(
        "fio", "--name=load", f"--filename={path}", "--ioengine=io_uring", f"--iodepth={depth}", f"--rw={rw}", f"--bs={size}",
        "--direct=1", "--norandommap", "--randrepeat=0", "--time_based", f"--runtime={seconds}", "--output-format=json")
    [job] = json.loads(printed[printed.index("{"):])["jobs"]
    return job["write"]["io_bytes"] / (job["write"]["runtime"] / 1000)


def exercise(program, volume, depth, places, size, seconds):
    workload = {"depth": depth, "places": f'"{places}"', "sizes": f'["{size}"]', "reads": 0, "flushes": 0, "fua": 0, "discards": 0,
                "write_zeroes": 0, "swarm": "false"}
    settings = [word for key, value in workload.items() for word in ("--set", f"workload.{key}={value}")]
    printed, _ = run(program, "--output-format=json", "exercise", volume, "--overwrite", "--duration", f"{seconds}s", *settings)
    report = json.loads(printed)
    return report["counts"]["bytes_written"] / report["work_seconds"]


def write_image(path):
    path.write_bytes(b"\x5a" * (160 << 20))  # written, so that no request has to allocate
    return path


def create(program, folder, loops, has_journal):
    devices = {}
    for name in ["m0", "m1", "m2", "m3"] + ["log"] * has_journal:
        devices[name] = {"path": loops.attach(write_image(folder / f"{name}{'j' * has_journal}.img"))}
    volume = {"type": "raid", "level": 5, "members": ["m0", "m1", "m2", "m3"], "chunk": "64KiB"}
    if has_journal:
        volume["journal"] = "log"
    path = folder / f"volume{'j' * has_journal}.json"
    path.write_text(json.dumps({"schema": "holdfast.volume/1", "devices": devices, "volume": volume}))
    subprocess.run([program, "create", path], check=True, capture_output=True)
    return path


def compare(program, volume, beside, label, seconds, rounds):
    for kind, (rw, block, depth, places, size) in kinds.items():
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(exercise(program, volume, depth, places, size, seconds))
            theirs.append(fio(beside, rw, block, depth, seconds))
        best, disk = max(ours), max(theirs)
        print(f"{label:16}  {kind:16}  exercise {best / 1e6:8.1f} MB/s   fio on one device {disk / 1e6:8.1f} MB/s   {best / disk:5.2f} x",
              flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--folder", default="/var/tmp")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-", dir=arguments.folder) as folder:
        for has_journal in (False, True):
            try:
                loops = LoopDevices()
            except unittest.SkipTest as absent:
                print(absent, file=sys.stderr)
                return 77
            try:
                volume = create(arguments.program, pathlib.Path(folder), loops, has_journal)
                beside = loops.attach(write_image(pathlib.Path(folder) / "beside.img"))
                label = "with a journal" if has_journal else "without"
                compare(arguments.program, volume, beside, label, arguments.seconds, arguments.rounds)
            finally:
                loops.detach_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
