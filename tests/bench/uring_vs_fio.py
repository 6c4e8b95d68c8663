#!/usr/bin/env python3
"""Random 4 KiB reads and writes through our device beside fio, on one file, in turns, printed as ratios.

    tests/bench/uring_vs_fio.py build/release/tests/bench/holdfast_device_load [--folder F] [--seconds S] [--rounds N]

Each line is the best of the rounds: requests per second and CPU time per request (of all threads, the kernel's for the
process included), and both as multiples of fio's io_uring. Where the disk is the limit the first ratio says only that
nothing is in its way; the second says what a request costs.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile


def run(*command):
    """What the program prints, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fio(path, engine, direction, depth, *limits):
    """(requests, wall seconds, CPU seconds)"""
    printed, cpu = run(
        "fio", "--name=load", f"--filename={path}", f"--ioengine={engine}", f"--iodepth={depth}", f"--rw=rand{direction}",
        "--bs=4k", "--direct=1", "--norandommap", "--randrepeat=0", "--gtod_reduce=1", "--allow_file_create=0",
        "--output-format=json", *limits)
    [job] = json.loads(printed[printed.index("{"):])["jobs"]
    return job[direction]["total_ios"], job[direction]["runtime"] / 1000, cpu


def fio_figures(path, engine, direction, depth, seconds):
    """(requests per second, CPU seconds per request); what fio needs to begin and end is not counted."""
    _, _, to_begin = fio(path, engine, direction, depth, "--number_ios=1")
    requests, wall, cpu = fio(path, engine, direction, depth, "--time_based", f"--runtime={seconds}")
    return requests / wall, (cpu - to_begin) / requests


def own_figures(program, path, reactor, direction, depth, seconds):
    requests, wall, cpu = map(float, run(program, path, reactor, direction, depth, seconds)[0].split())
    return requests / wall, cpu / requests


def compare(program, path, direction, depth, seconds, rounds):
    runs = {"fio io_uring": lambda: fio_figures(path, "io_uring", direction, depth, seconds),
            "ours, uring": lambda: own_figures(program, path, "uring", direction, depth, seconds),
            "fio libaio": lambda: fio_figures(path, "libaio", direction, depth, seconds),
            "ours, threads": lambda: own_figures(program, path, "threads", direction, depth, seconds)}
    results = {name: [] for name in runs}
    for number in range(rounds):
        for name in sorted(runs, reverse=number % 2):
            results[name].append(runs[name]())
    best = {name: (max(rate for rate, _ in figures), min(cpu for _, cpu in figures)) for name, figures in results.items()}
    base_rate, base_cpu = best["fio io_uring"]
    for name, (rate, cpu) in best.items():
        print(f"{direction:5} depth {depth:3}  {name:13}  {rate:9.0f}/s {rate / base_rate:5.2f} x   "
              f"{cpu * 1e6:6.2f} us CPU {cpu / base_cpu:5.2f} x", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--folder", default="/var/tmp")
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 32])
    arguments = parser.parse_args()
    with tempfile.NamedTemporaryFile(prefix="holdfast-bench-", dir=arguments.folder) as file:
        for _ in range(arguments.mebibytes):  # written, so that no request has to allocate
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        for direction in ("read", "write"):
            for depth in arguments.depths:
                compare(arguments.program, file.name, direction, depth, arguments.seconds, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
