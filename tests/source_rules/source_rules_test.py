#!/usr/bin/env python3
"""Reads every source of the tree and says where a house rule is broken. Prints TAP.

One case for each rule over the whole tree, one for each snippet of snippets/: a file that begins with `// as PATH` is judged
as if it stood there, and must break exactly the rules that its lines `// breaks RULE` name (none: it must pass).
"""

import pathlib
import re
import sys

from ban_rule import ban_names, ban_rules
from coroutine_rule import coroutine_rule
from include_rule import include_rule
from source import Source
from type_rule import type_rule, types_of

root = pathlib.Path(__file__).resolve().parents[2]
snippets = pathlib.Path(__file__).resolve().parent / "snippets"
deterministic = ("core/", "sim/", "oracle/")
no_coroutine_rule = ("tests/coroutines/",)  # what gcc 12 miscompiles is kept there on purpose


def opening_rule(source):
    """A header begins with the sentence that explains it."""
    if not source.path.endswith(".h") or source.path.startswith("tests/"):
        return
    lines = source.text.splitlines()
    if not lines or not re.match(r"// \S", lines[0]):
        yield 1, "a header opens with one sentence that explains its concept: `// A …`"
    if not re.search(r"^#pragma once$", source.text, re.MULTILINE):
        yield 1, "#pragma once is missing"


def name_rule(source):
    """Files carry nouns of the field."""
    stem = pathlib.PurePath(source.path).stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        yield 1, "file names are snake_case"
    for part in stem.split("_"):
        if part in ("manager", "helper", "helpers", "util", "utils", "impl", "info", "misc", "common"):
            yield 1, f"`{part}` says nothing: which noun is missing?"


rule_names = ("include", "coroutine", "opening", "name", "type", *ban_names)


def owners_of_types(tree):
    """Tests are programs of their own, and may name things alike."""
    owners = {}
    for source in tree.values():
        if not source.path.startswith("tests/"):
            for namespace, name, _ in types_of(source):
                owners.setdefault((namespace, name), set()).add(source.path)
    return owners


def faults_of(source, tree, owners):
    """All faults of one source as (rule, line, text)."""
    for rule, judge in (("include", include_rule), ("opening", opening_rule), ("name", name_rule)):
        for line, text in judge(source):
            yield rule, line, text
    if not source.path.startswith("tests/"):
        for line, text in type_rule(source, owners):
            yield "type", line, text
    if not source.path.startswith(no_coroutine_rule):
        for line, text in coroutine_rule(source):
            yield "coroutine", line, text
    if source.path.startswith(deterministic):
        declared_in = [source.path, source.path[: source.path.rfind(".")] + ".h"]
        declared_in += [name for name, is_quoted, _ in source.includes if is_quoted]
        declarations = [tree[path].code for path in dict.fromkeys(declared_in) if path in tree]
        yield from ban_rules(source, declarations)


def read_tree():
    tree = {}
    for top in ("core", "oracle", "sim", "scenarios", "reports", "drivers", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc") and snippets not in path.parents:
                name = path.relative_to(root).as_posix()
                tree[name] = Source(name, path.read_text())
    return tree


def read_allowed():
    entries = re.findall(r"^(\w+) +(\S+): .+$", (snippets.parent / "allowed.txt").read_text(), re.MULTILINE)
    return {entry: False for entry in entries}


class Tap:
    def __init__(self):
        self.cases = self.failures = 0

    def case(self, name, faults):
        self.cases += 1
        self.failures += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.cases} - {name}")
        for fault in faults:
            print(f"# {fault}")


def judge_tree(tap):
    tree = read_tree()
    allowed = read_allowed()
    owners = owners_of_types(tree)
    found = {rule: [] for rule in rule_names}
    for source in tree.values():
        for rule, line, text in faults_of(source, tree, owners):
            if (rule, source.path) in allowed:
                allowed[rule, source.path] = True
            else:
                found[rule].append(f"{source.path}:{line}: {text}")
    for rule, faults in found.items():
        tap.case(f"{rule} rule over {len(tree)} files", faults)
    tap.case("allowed.txt holds nothing superfluous", [f"{r} {p}" for (r, p), used in allowed.items() if not used])


# What a snippet for the type rule finds elsewhere.
neighbour = Source("core/raid/neighbour.h", "namespace holdfast {\nstruct Neighbour {\n  int number;\n};\n}\n")


def judge_snippets(tap):
    owners = owners_of_types({neighbour.path: neighbour})
    for path in sorted(snippets.iterdir()):
        text = path.read_text()
        stands_as = re.match(r"// as (\S+)\n", text).group(1)
        body = "\n" * text.startswith("//") + re.sub(r"\A(?://[^\n]*\n)+\n?", "", text)
        body = body.lstrip("\n")
        expected = set(re.findall(r"^// breaks (\w+)$", text, re.MULTILINE))
        source = Source(stands_as, body)
        broken = {(rule, line): fault for rule, line, fault in faults_of(source, {stands_as: source}, owners)}
        rules = {rule for rule, _ in broken}
        marked = {number for number, line in enumerate(body.splitlines(), 1) if "// BAD" in line}
        faults = [f"{rule} was not noticed" for rule in expected - rules]
        faults += [f"line {line}: {rule}: {fault}" for (rule, line), fault in broken.items() if rule not in expected]
        faults += [f"line {line} is bad and was not noticed" for line in marked - {line for _, line in broken}]
        faults += [f"line {line} is good: {fault}" for (_, line), fault in broken.items() if marked and line not in marked]
        tap.case(f"snippet {path.name}", faults)


def main():
    tap = Tap()
    judge_snippets(tap)
    judge_tree(tap)
    print(f"1..{tap.cases}")
    return 1 if tap.failures else 0


if __name__ == "__main__":
    sys.exit(main())
