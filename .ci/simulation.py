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
    """([rule=value, …], scenario, further arguments) of each line. Every rule that an engine has must stand there."""
    text = mutants_file.read_text()
    lines = re.findall(r"^((?:\w+=\w+ +)+)(\S+)(.*)$", text, re.MULTILINE)
    harmless = set(re.findall(r"^harmless (\w+)=\w+  \w", text, re.MULTILINE))
    mutants = [(rules.split(), path, further.split()) for rules, path, further in lines]
    declared = set()
    for rules in sorted((root / "core").rglob("rules.h")):
        declared |= set(re.findall(r'Rule\{"(\w+)"', rules.read_text()))
    broken = {rule.split("=")[0] for rules, _, _ in mutants for rule in rules}
    return mutants, declared - broken - harmless


def _kill(rules, path, further, seeds_max):
    """What is wrong; empty if a campaign found the broken rules and its repro line finds it again. And how it went."""
    seeds = 200
    broken = [word for rule in rules for word in ("--rule", rule)]
    while True:
        code, out, err = run_holdfast(
            "sim", path, *broken, *further, "--seeds", f"0..{seeds}", "--progress", "never"
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
    for rules, path, further in mutants:
        started = time.monotonic()
        mutant = " ".join(rules)
        fault, story = _kill(rules, path, further, seeds_max)
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
        is_equal = len(set(hashes.values())) == 1 and all(found.startswith("0x") for found in hashes.values())
        tally.case(f"equal traces of {', '.join(kinds)}: {path}", "" if is_equal else str(hashes))
