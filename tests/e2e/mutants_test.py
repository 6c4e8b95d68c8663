#!/usr/bin/env python3
"""`mutants` from the command line: what is killed, what survives, and what proves nothing, each by its exit code."""

import json
import pathlib
import re
import shlex
import tempfile
import unittest

import tap
from holdfast import holdfast

catalogue = tap.root / "mutants/catalogue.json"
canary = tap.root / "mutants/canary.json"
harmless = "flush_replayed_before_tail"


def mutants(*arguments):
    return holdfast("mutants", *arguments, "--progress", "never", cwd=tap.root)


class MutantsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-mutants-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def changed(self, change):
        """The shipped catalogue, changed, in another folder."""
        text = re.sub(r"^ *//.*$", "", catalogue.read_text(), flags=re.MULTILINE)
        document = json.loads(text)
        for mutant in document["mutants"]:
            if "scenario" in mutant:
                mutant["scenario"] = str((catalogue.parent / mutant["scenario"]).resolve())
        change({mutant["id"]: mutant for mutant in document["mutants"]}, document)
        path = self.folder / "catalogue.json"
        path.write_text(json.dumps(document))
        return path

    def test_a_rule_and_a_device_that_lies_are_killed_and_told_again(self):
        asked = ("--only", "flush_every_member", "--only", "journal_drops_flushes", "--only", harmless)
        answer = mutants("--output-format=json", *asked, "--ranges", "3")
        self.assertEqual(answer.code, 0, answer)
        report = answer.json
        self.assertEqual(report["score"], {"killed": 2, "applicable": 2, "survived": 0, "unproved": 0, "harmless": 1})
        for mutant in report["mutants"]:
            with self.subTest(mutant["id"]):
                if mutant["id"] == harmless:
                    self.assertEqual(mutant["outcome"], "harmless")
                    self.assertIn("PREFLUSH", mutant["argument"])
                    continue
                self.assertEqual([bool(hunt["verdict"]) for hunt in mutant["hunts"]], [True] * 3)
                self.assertEqual(len({hunt["seed"] for hunt in mutant["hunts"]}), 3, "ranges overlap")
                self.assertGreaterEqual(mutant["sound_runs"], 3)
                repro = shlex.split(mutant["repro"])
                self.assertEqual(repro[0], "./run")
                again = holdfast(*repro[1:], cwd=tap.root)
                self.assertEqual(again.code, 1, again)
                self.assertIn(mutant["verdict"], again.stdout.decode())

    def test_the_table_and_the_report_beside_it(self):
        path = self.folder / "report.json"
        answer = mutants("--only", "flush_every_member", "--ranges", "1", "--report", path)
        self.assertEqual(answer.code, 0, answer)
        text = answer.stdout.decode()
        self.assertRegex(text, r"\nflush_every_member +raid5_power_cut_and_resync +killed +\w+ +\d+ +\d+\.\d\d +md-flush-one-member\n")
        self.assertIn("  repro: ./run sim scenarios/raid/raid5_power_cut_and_resync.json --rule flush_every_member=false --seed", text)
        self.assertIn("1 of 1 mutant killed (100.0 %)", text)
        self.assertEqual(holdfast("check-file", path).code, 0)
        markdown = mutants("--only", "flush_every_member", "--ranges", "1", "--output-format=markdown")
        self.assertIn("| flush_every_member | md-flush-one-member |", markdown.stdout.decode())

    def test_one_that_nobody_notices_survives(self):
        answer = mutants("--only", "outrank_absent_members", "--seeds-max", "2")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("SURVIVED", answer.stdout.decode())
        self.assertNotIn("repro:", answer.stdout.decode())

    def test_a_scenario_that_does_not_hold_anyway_proves_nothing(self):
        def judge_by_the_canary(by_id, _):
            by_id["flush_before_clean"]["scenario"] = str(canary)

        answer = mutants(self.changed(judge_by_the_canary), "--only", "flush_before_clean", "--ranges", "1")
        self.assertEqual(answer.code, 3, answer)
        self.assertRegex(answer.stdout.decode(), r"UNPROVED[\s\S]*does not hold either: lost_durable at seed 0x\w+")

    def test_a_catalogue_without_a_rule_is_wrong(self):
        def forget_a_rule(by_id, document):
            document["mutants"].remove(by_id["log_discards"])

        answer = mutants(self.changed(forget_a_rule), "--only", "flush_every_member")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn('nobody breaks the rule "log_discards"', answer.words)
        self.assertEqual(answer.stdout, b"")

    def test_what_is_asked_for_must_be_there(self):
        for arguments, words in (
                (("--only", "arson"), "--only arson: mutants/catalogue.json has no such mutant"),
                ((self.folder / "nowhere.json",), "nowhere.json"),
                ((canary,), "holdfast.mutants/1"),
                (("--seeds-max", "0"), "--seeds-max"),
                (("--ranges", "0"), "--ranges")):
            with self.subTest(arguments):
                answer = mutants(*arguments)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(words, answer.words)

    def test_the_canary_is_found(self):
        answer = holdfast("sim", canary, "--seeds", "0..50")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("VIOLATED  lost_durable", answer.stdout.decode())

    def test_the_catalogue_is_a_file_like_others(self):
        self.assertEqual(holdfast("check-file", catalogue).code, 0)
        schema = holdfast("schema", "mutants")
        self.assertEqual(schema.json["properties"]["schema"]["enum"], ["holdfast.mutants/1"])


if __name__ == "__main__":
    tap.main()
