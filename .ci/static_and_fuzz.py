"""What only ./test --long does: clang-format and clang-tidy over every source, each fuzz target for minutes."""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import tempfile

from counting import builds, jobs, root

build = builds / "asan"


def check_format(tally):
    folders = ("core", "drivers", "oracle", "reports", "scenarios", "sim", "tests")
    sources = [path for folder in folders for path in (root / folder).rglob("*.[ch]*") if path.suffix in (".cc", ".h")]
    as_written = ("tests/source_rules/snippets", "tests/coroutines")
    sources = [path for path in sources if not any(path.is_relative_to(root / folder) for folder in as_written)]
    ran = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *sources], capture_output=True, text=True, check=False)
    tally.case("clang-format", "" if ran.returncode == 0 else ran.stderr[-4000:])


def _tidy(source):
    command = ["clang-tidy-19", "-p", build, "--quiet", source]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return source, "" if ran.returncode == 0 else ran.stdout


def run_clang_tidy(tally):
    commands = json.loads((build / "compile_commands.json").read_text())
    sources = {pathlib.Path(entry["directory"], entry["file"]).resolve() for entry in commands}
    sources = sorted(source for source in sources if source.is_relative_to(root) and not source.is_relative_to(builds))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for source, fault in pool.map(_tidy, sources):
            tally.case(f"clang-tidy {source.relative_to(root)}", fault)


def _lengthened(argument, seconds, folder):
    """The argument of a short fuzz test for a long one; the corpus is copied, because libFuzzer adds to it."""
    if argument.startswith("-runs="):
        return f"-max_total_time={seconds}"
    if (build / argument).is_dir():  # Meson names it from there
        return shutil.copytree(build / argument, pathlib.Path(folder) / "corpus")
    return argument


def _keep_artifacts(folder, name):
    """Inputs and failure files that a finding left; says where they are now."""
    kept = builds / "findings" / name
    for path in pathlib.Path(folder).iterdir():
        if path.is_file():
            kept.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)
    return f"what it left is in {kept}\n"


def _fuzz(test, seconds):
    with tempfile.TemporaryDirectory() as folder:
        program, *arguments = test["cmd"]
        arguments = [_lengthened(argument, seconds, folder) for argument in arguments if not argument.startswith("-seed=")]
        ran = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        return "" if ran.returncode == 0 else ran.stderr[-4000:] + _keep_artifacts(folder, test["name"])


def run_fuzz_targets(tally, seconds):
    listed = subprocess.run(["meson", "introspect", "--tests", build], capture_output=True, text=True, check=True)
    tests = [test for test in json.loads(listed.stdout) if test["name"].endswith("_fuzz")]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for test, fault in zip(tests, pool.map(lambda test: _fuzz(test, seconds), tests)):
            print(f"fuzzed {test['name']} for {seconds} s: {'FINDING' if fault else 'no finding'}", flush=True)
            tally.case(f"fuzz {test['name']}", fault)
