"""Runs the tests of one build, and counts the cases inside them: gtest's from its XML, the others' from TAP."""

import json
import re
import subprocess
import xml.etree.ElementTree

from counting import builds, jobs, root


def _gtest_cases(path):
    """Yields (name, 'passed' | 'failed' | 'skipped')."""
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            yield name, "failed"
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            yield name, "skipped"
        elif case.get("status") == "run":
            yield name, "passed"


def _tap_cases(text):
    for line in text.splitlines():
        if found := re.match(r"(not )?ok\b *\d* *-? *(.*)", line):
            is_skipped = re.search(r"# *SKIP", line, re.IGNORECASE)
            yield found.group(2), "skipped" if is_skipped else "failed" if found.group(1) else "passed"


def _cases_of(record, build):
    """The cases of one test. One that fails beside its cases (a crash, a leak at exit, a time-out) is a failed case more."""
    results = build / f"{record['name']}.xml"
    is_gtest = results.exists()
    cases = list(_gtest_cases(results) if is_gtest else _tap_cases(record.get("stdout", "")))
    yield from cases
    states = [state for _, state in cases]
    outcome = record["result"]
    if outcome == "SKIP" and not states:
        yield "as a whole", "skipped"
    elif outcome not in ("OK", "SKIP") and "failed" not in states:
        yield f"{outcome} beside its cases, exit code {record['returncode']}", "failed"
    elif outcome == "OK" and is_gtest and not states:
        yield "has no case", "failed"
    elif outcome == "OK" and not states:
        yield "as a whole", "passed"


def run_meson_tests(tally, kind, is_long):
    build = builds / kind
    log = build / "meson-logs" / "testlog.json"
    for stale in [*build.glob("*.xml"), log]:
        stale.unlink(missing_ok=True)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs", "--num-processes", str(jobs)]
    if not is_long:
        command += ["--no-suite", "slow"]
    subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, check=False)
    records = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if not records:
        tally.case(f"{kind}: meson test", "ran no test")
    for record in records:
        for name, state in _cases_of(record, build):
            full_name = f"{kind}: {record['name']}: {name}"
            if state == "skipped":
                tally.skipped.append(full_name)
            else:
                tally.case(full_name, "" if state == "passed" else "see the output of the test above")
