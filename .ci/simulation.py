"""Campaigns of the shipped scenarios: they hold, broken rules are found, and every compiler sees the same run."""

import json
import re
import shlex
import time

from counting import root, run_holdfast

mutants_file = root / "tests" / "mutants" / "mutants.txt"


def scenario_files():
    files = (root / "scenarios").rglob("*.json")
    return [path.relative_to(root) for path in sorted(files) if not path.name.endswith(".schema.json")]


def _tell(state, text, started):
    print(f"{state:7}{text}, {time.monotonic() - started:.1f} s", flush=True)


def run_campaigns(tally, seeds):
    for path in scenario_files():
        started = time.monotonic()
        code, out, err = run_holdfast("sim", path, "--seeds", f"0..{seeds}", "--progress", "never")
        _tell("held" if code == 0 else "FAILED", f"{path}, {seeds} seeds", started)
        tally.case(f"campaign {path}", "" if code == 0 else f"exit code {code}\n{out}{err}")


def read_mutants():
    """(rule=value, scenario, further arguments) of each line. Every rule that an engine has must stand there."""
    lines = re.findall(r"^(\w+=\w+) +(\S+)(.*)$", mutants_file.read_text(), re.MULTILINE)
    declared = set(re.findall(r'Rule\{"(\w+)"', (root / "core/raid/rules.h").read_text()))
    missing = declared - {mutant.split("=")[0] for mutant, _, _ in lines}
    return lines, missing


def _kill(mutant, path, further, seeds_max):
    """What is wrong; empty if a campaign found the broken rule and its repro line finds it again. And how it went."""
    seeds = 200
    while True:
        code, out, err = run_holdfast(
            "sim", path, "--rule", mutant, *further, "--seeds", f"0..{seeds}", "--progress", "never"
        )
        if code != 0 or seeds >= seeds_max:
            break
        seeds = min(5 * seeds, seeds_max)
    if code != 1:
        return f"not found in {seeds} seeds (exit code {code})\n{out}{err}", ""
    repro = re.search(r"^VIOLATED.*?^ *repro: \./run ([^\n]*)$", out, re.MULTILINE | re.DOTALL)
    if not repro:
        return f"found, but there is no repro line\n{out}", ""
    again, _, _ = run_holdfast(*shlex.split(repro.group(1)), "--progress", "never")
    return "" if again == 1 else f"`{repro.group(1)}` ends with {again}", f"within {seeds} seeds"


def run_mutants(tally, seeds_max):
    """Breaks each rule and demands that its scenario notices."""
    mutants, missing = read_mutants()
    tally.case("every rule has a mutant", f"missing: {', '.join(sorted(missing))}" if missing else "")
    for mutant, path, further in mutants:
        started = time.monotonic()
        fault, story = _kill(mutant, path, further.split(), seeds_max)
        _tell("FAILED" if fault else "bitten", f"{mutant} in {path} {story}", started)
        tally.case(f"mutant {mutant}", fault)


def compare_traces(tally, kinds, seeds):
    for path in scenario_files():
        hashes = {}
        for kind in kinds:
            code, out, err = run_holdfast(
                "--output-format", "json", "sim", path, "--seeds", f"0..{seeds}", "--progress", "never", kind=kind
            )
            try:
                hashes[kind] = json.loads(out)["campaigns"][0]["trace_hash"]
            except (ValueError, LookupError):
                hashes[kind] = f"no report, exit code {code}: {err}"
        is_equal = len(set(hashes.values())) == 1
        tally.case(f"equal traces of {', '.join(kinds)}: {path}", "" if is_equal else str(hashes))
