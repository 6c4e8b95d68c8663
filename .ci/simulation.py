"""Campaigns of the shipped scenarios: they hold, broken rules are found, and every compiler sees the same run."""

import json
import shlex
import time

from counting import root, run_holdfast

canary = "mutants/canary.json"


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


long_explorations = {"stale_fourth_unit.json"}  # a minute and more


def run_explorations(tally, is_long):
    """Every crash state of the scopes that ship."""
    for path in scenario_files():
        if path.parent.name != "explore" or (path.name in long_explorations and not is_long):
            continue
        started = time.monotonic()
        code, out, err = run_holdfast("explore", path, "--progress", "never")
        _tell("held" if code == 0 else "FAILED", f"{path}, every state", started)
        tally.case(f"exploration {path}", "" if code == 0 else f"exit code {code}\n{out}{err}")


def demand_canary(tally, seeds):
    """A scenario with a broken rule: whoever doesn't find it finds nothing."""
    code, out, err = run_holdfast("--output-format", "json", "sim", canary, "--seeds", f"0..{seeds}", "--progress", "never")
    try:
        verdicts = {found["verdict"] for found in json.loads(out)["campaigns"][0]["violations"]}
    except (ValueError, LookupError):
        verdicts = set()
    is_found = code == 1 and "lost_durable" in verdicts
    tally.case(f"the canary {canary} is found", "" if is_found else f"exit code {code}, found {verdicts}\n{out}{err}")


def _survival(mutant):
    """What is wrong; empty if a campaign found the mutant and its repro line finds it again."""
    if mutant["outcome"] != "killed":
        return json.dumps(mutant, indent=2)
    again, out, err = run_holdfast(*shlex.split(mutant["repro"])[1:], "--progress", "never")
    return "" if again == 1 else f"`{mutant['repro']}` ends with {again}\n{out}{err}"


def run_mutants(tally, seeds_max, ranges):
    """Breaks every rule and every device, and demands that the simulator notices; one case for each mutant."""
    started = time.monotonic()
    code, out, err = run_holdfast(
        "--output-format", "json", "mutants", "--seeds-max", seeds_max, "--ranges", ranges, "--progress", "never"
    )
    try:
        report = json.loads(out)
    except ValueError:
        return tally.case("mutants", f"no report, exit code {code}: {err}")
    for mutant in report["mutants"]:
        if mutant["outcome"] == "harmless":
            continue
        tally.case(f"mutant {mutant['id']}", _survival(mutant))
    for bug in report["bugs"]:
        if "not_yet" not in bug:
            tally.case(f"known bug {bug['id']}", "" if bug["found_by"] else "no mutant that brings it back was killed")
    score = report["score"]
    is_whole = code == 0 and score["killed"] == score["applicable"] > 0
    tally.case("the mutation score is 100 %", "" if is_whole else f"exit code {code}, {score}\n{err}")
    _tell("bitten" if is_whole else "FAILED", f"{score['killed']} of {score['applicable']} mutants", started)


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
