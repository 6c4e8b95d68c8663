"""Runs the tests of the builds that ./test has made, and the shipped scenarios, and counts every single case."""

import argparse
import sys

import counting
from counting import Tally
from meson_tests import run_meson_tests
from simulation import compare_traces, demand_canary, run_campaigns, run_explorations, run_mutants
from static_and_fuzz import check_format, run_clang_tidy, run_fuzz_targets

quick_seeds = 300
quick_traces = 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--not-built", action="append", default=[])
    arguments = parser.parse_args()
    tally = Tally()
    for kind in arguments.not_built:
        tally.case(f"{kind}: build", "see the compiler's output above")
    for kind in ("asan", "gcc-whole" if arguments.long else "gcc"):
        if kind not in arguments.not_built:
            run_meson_tests(tally, kind, arguments.long)
    kinds = ("release", "gcc", "asan", "clang-O0", "gcc-O0") if arguments.long else ("gcc", "asan")
    built = [kind for kind in kinds if kind not in arguments.not_built]
    if kinds[0] in built:
        counting.program = kinds[0]
        run_campaigns(tally, 10_000 if arguments.long else quick_seeds)
        run_explorations(tally, arguments.long)
        demand_canary(tally, quick_seeds)
        run_mutants(tally, 100_000 if arguments.long else 30_000, ranges=5 if arguments.long else 1)
        compare_traces(tally, built, 200 if arguments.long else quick_traces)
    if arguments.long and "asan" not in arguments.not_built:
        check_format(tally)
        run_clang_tidy(tally)
        run_fuzz_targets(tally, seconds=300)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
