"""What the parts of the suite share: where things stand, and the count of single cases."""

import os
import pathlib
import subprocess

root = pathlib.Path(__file__).resolve().parents[1]
builds = root / "build"
jobs = os.cpu_count() or 1
program = "release"  # the build whose program makes the campaigns


def program_of(kind):
    return builds / kind / "drivers" / "holdfast"


def run_holdfast(*arguments, kind=None):
    """(exit code, stdout, stderr) of one run of the program of a build."""
    command = [program_of(kind or program), *map(str, arguments)]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return ran.returncode, ran.stdout, ran.stderr


class Tally:
    def __init__(self):
        self.passed = 0
        self.skipped = []
        self.failed = []

    def case(self, name, fault):
        """Counts one case; `fault` is empty if it passed, else what a person needs to see."""
        if not fault:
            self.passed += 1
            return
        self.failed.append(name)
        print(f"FAILED {name}\n  {fault}", flush=True)

    def finish(self):
        """Prints the closing lines and returns the exit code."""
        for name in self.skipped:
            print(f"skipped: {name}")
        for name in self.failed:
            print(f"failed: {name}")
        print(f"{self.passed} passed, {len(self.failed)} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
