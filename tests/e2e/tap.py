"""Runs the unittest cases of a script and prints TAP, one line for every case and subTest.

A script ends with `tap.main()`. The first argument is the program under test (or HOLDFAST; else build/release of the tree).
"""

import os
import pathlib
import sys
import traceback
import unittest

root = pathlib.Path(__file__).resolve().parents[2]


_named = os.environ.get("HOLDFAST") or (sys.argv[1] if len(sys.argv) > 1 else "")
# Found from the folder that the script was called in, whatever folder it goes to later.
_program = str(pathlib.Path(_named).resolve() if _named else root / "build/release/drivers/holdfast")


def program():
    return _program


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0

    def line(self, verdict, test, remark="", details=""):
        self.count += 1
        name = test.id().removeprefix("__main__.").replace("#", "")
        print(f"{verdict} {self.count} - {name}{remark}")
        for text in details.rstrip().splitlines():
            print(f"# {text}")
        sys.stdout.flush()

    def addSuccess(self, test):
        self.line("ok", test)

    def addSkip(self, test, reason):
        self.line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("not ok", test, details="".join(traceback.format_exception(*error)))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is None:
            self.line("ok", subtest)
        else:
            self.line("not ok", subtest, details="".join(traceback.format_exception(*error)))


def main():
    if not os.access(program(), os.X_OK):
        sys.exit(f"{program()}: not there; build it first (./run --help)")
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = TapResult()
    suite.run(result)
    print(f"1..{result.count}")
    sys.exit(0 if result.wasSuccessful() else 1)
