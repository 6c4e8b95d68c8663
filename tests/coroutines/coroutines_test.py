#!/usr/bin/env python3
"""Why the coroutine house rule stands: translates each program here with both compilers and runs it. Prints TAP.

miscompiled_*.cc must be right with clang, and must still be wrong with gcc 12: when one of them comes out right, this test
says so, and that part of the rule (tests/source_rules/coroutine_rule.py) may be lifted. allowed_forms.cc must be right with
both, and long_chains.cc too, on a small stack, with every level of optimisation that somebody may build with. A later gcc is
not asked for what gcc 12 gets wrong.
"""

import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
root = here.parents[1]
clang, gcc = "clang++-19", "g++"
executor = [root / source for source in ("core/task/executor.cc", "core/task/frame_pool.cc", "core/base/check.cc")]
small_stack = 1 << 20

allowed_flags = [(clang, "-O0"), (clang, "-O2"), (gcc, "-O0"), (gcc, "-O2")]
chain_flags = [
    (clang, "-O0"),
    (clang, "-O1"),
    (clang, "-O2"),
    (clang, "-O1 -fsanitize=address"),
    (gcc, "-O0 -foptimize-sibling-calls"),
    (gcc, "-O1 -foptimize-sibling-calls"),
    (gcc, "-O2"),
]


def outcome(compiler, flags, sources, folder):
    """What is wrong with the program as this compiler made it; empty if nothing."""
    binary = pathlib.Path(folder) / "program"
    command = [compiler, "-std=c++20", *flags.split(), f"-I{root}", "-o", binary, *sources]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        errors = [line for line in made.stderr.splitlines() if "error:" in line]
        return f"does not compile: {(errors or [made.stderr])[0].removeprefix(f'{root}/')}"
    limit = lambda: resource.setrlimit(resource.RLIMIT_STACK, (small_stack, small_stack))
    try:
        ran = subprocess.run([binary], capture_output=True, text=True, timeout=30, preexec_fn=limit, check=False)
    except subprocess.TimeoutExpired:
        return "does not end"
    return "" if ran.returncode == 0 else f"exit {ran.returncode} {ran.stdout.strip()}"


def judge_miscompiled(program, is_gcc_12, folder):
    yield f"{program.stem} is right with {clang}", outcome(clang, "-O0", [program], folder)
    if is_gcc_12:
        fault = outcome(gcc, "-O0", [program], folder)
        expected = "does not compile" if "does not compile" in program.read_text().splitlines()[0] else "exit"
        problem = "" if fault.startswith(expected) else f"gcc 12 used to say `{expected}…`: may the rule be lifted?"
        yield f"{program.stem} is still wrong with gcc 12 ({fault or 'it came out right'})", problem


def cases(folder):
    """Yields (name, what is wrong or empty)."""
    version = subprocess.run([gcc, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    is_gcc_12 = version.strip().split(".")[0] == "12"
    for compiler, flags in allowed_flags:
        yield f"allowed_forms {compiler} {flags}", outcome(compiler, flags, [here / "allowed_forms.cc"], folder)
    for compiler, flags in chain_flags:
        yield f"long_chains {compiler} {flags}", outcome(compiler, flags, [here / "long_chains.cc", *executor], folder)
    for program in sorted(here.glob("miscompiled_*.cc")):
        yield from judge_miscompiled(program, is_gcc_12, folder)


def main():
    if missing := [compiler for compiler in (clang, gcc) if not shutil.which(compiler)]:
        print(f"1..0 # SKIP {' and '.join(missing)} not installed")
        return 0
    number = failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, fault) in enumerate(cases(folder), 1):
            failures += bool(fault)
            print(f"{'not ok' if fault else 'ok'} {number} - {name.replace('#', '')}")
            if fault:
                print(f"# {fault}")
    print(f"1..{number}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
