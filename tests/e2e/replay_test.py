#!/usr/bin/env python3
"""Failures as files: written by sim, made again by replay, made smaller by shrink, refused where they are wrong."""

import json
import pathlib
import re
import tempfile
import time
import unittest

import tap
from holdfast import holdfast

wraps = tap.root / "scenarios/raid/power_cut_while_journal_wraps.json"
hole = tap.root / "scenarios/raid/write_hole.json"
disk = tap.root / "scenarios/disk/power_cut_anywhere.json"
unflushed = ["--rule", "flush_members_before_tail=false"]
lost = "R1 lost_durable: acked without a volatile cache, power cut"


class ReplayTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-replay-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def failures(self, *arguments):
        """The failure files that sim writes, by signature."""
        answer = holdfast("sim", *arguments, "--failures", self.folder / "failures")
        files = sorted((self.folder / "failures").iterdir())
        self.assertEqual([path for path in files if path.suffix != ".json"], [], "nothing half-written")
        return {json.loads(path.read_text())["finding"]["signature"]: path for path in files}, answer

    def failure(self):
        return self.failures(wraps, *unflushed, "--set", "workload.operations=60", "--seeds", "0..40")[0][lost]

    def changed(self, path, change):
        """A copy of the failure that `change` was done to."""
        content = json.loads(path.read_text())
        change(content)
        copy = self.folder / "changed.json"
        copy.write_text(json.dumps(content))
        return copy

    def test_each_distinct_finding_has_its_file_and_its_repro_line(self):
        files, answer = self.failures(wraps, *unflushed, "--seeds", "0..40")
        self.assertEqual(answer.code, 1)
        text = answer.stdout.decode()
        self.assertEqual(len(files), text.count("VIOLATED  "))
        self.assertEqual(len(files), len(re.findall(r"^  repro: ", text, re.MULTILINE)))
        for signature, path in files.items():
            with self.subTest(signature=signature):
                self.assertIn(f"  failure: {path}\n", text)
                self.assertEqual(holdfast("check-file", path).code, 0)
                again = holdfast("replay", path, "--output-format=json")
                self.assertEqual(again.code, 1, again)
                self.assertEqual(again.json["outcome"], "reproduced")
                self.assertEqual(again.json["choices"]["unmatched"], [])

    def test_what_a_scenario_expects_is_a_failure_too_and_what_is_excused_is_none(self):
        files, answer = self.failures(hole, "--seeds", "0..20")
        self.assertEqual(answer.code, 0)
        self.assertTrue(files)
        for signature, path in files.items():
            self.assertTrue(signature.startswith("R5 write_hole"))
            self.assertTrue(json.loads(path.read_text())["finding"]["declared"])
            self.assertEqual(holdfast("replay", path).code, 1)

    def test_a_run_that_holds_writes_nothing(self):
        files, answer = self.failures(disk, "--seeds", "0..20")
        self.assertEqual((files, answer.code), ({}, 0))

    def test_the_explanation_names_the_flush_that_was_missing(self):
        path = self.failure()
        answer = holdfast("replay", path)
        text = " ".join(answer.stdout.decode().split())
        self.assertRegex(text, r"write \d+, sectors? [\d.]+\) acked at event \d+; durable by its ack: the volume has no volatile cache")
        self.assertRegex(text, r"m\d sector \d+: written at event \d+, done at event \d+; NO FLUSH of m\d came between that "
                               r"and the POWER CUT at event \d+, where it was lost; it does not stand there")
        self.assertRegex(text, r"log sector \d+: written at event \d+, done at event \d+, durable by the flush from event")
        why = holdfast("replay", path, "--output-format=json").json["explanation"]
        self.assertEqual({device["device"] for device in why["devices"]}, {"m0", "m1", "m2", "m3", "log"})
        self.assertTrue(any("log: tail at ring sector" in line for line in why["records"]))
        self.assertTrue(any("POWER CUT" in line for line in why["operations"]))

    def test_until_and_block(self):
        path = self.failure()
        told = holdfast("replay", path, "--until", "300", "--block", "volume:0", "--block", "8", "--output-format=json").json
        self.assertEqual(len(told["events"]), 300)
        self.assertRegex(told["events"][29], r"^ +30 +\d+\.\d{6} ms ")
        self.assertTrue(any("(preflush, fua)" in event for event in told["events"]))
        self.assertEqual([block["block"] for block in told["blocks"]], [0, 8])
        self.assertEqual(len(told["blocks"][0]["places"]), 2)
        for wrong in ("volume:x", "other:0", "volume:99999999", "-1", ""):
            answer = holdfast("replay", path, f"--block={wrong}")
            self.assertEqual(answer.code, 2, answer)

    def test_every_json_document_fits_the_schema(self):
        path = self.failure()
        documents = [holdfast("replay", path, "--output-format=json", "--until", "9", "--block", "0"),
                     holdfast("shrink", path, "--output-format=json")]
        for number, answer in enumerate(documents):
            report = self.folder / f"report{number}.json"
            report.write_bytes(answer.stdout)
            checked = holdfast("check-file", report)
            self.assertEqual(checked.code, 0, checked)

    def test_a_bug_that_was_fixed_holds(self):
        def fix(content):
            del content["scenario"]["rules"]

        shrunk = self.folder / "small.json"
        self.assertEqual(holdfast("shrink", self.failure(), "-o", shrunk).code, 0)
        self.assertEqual(holdfast("replay", shrunk).code, 1)
        answer = holdfast("replay", self.changed(shrunk, fix))
        self.assertIn(answer.code, (0, 3), answer)
        if answer.code == 0:
            self.assertIn("held: fixed or changed", answer.stdout.decode())

    def test_choices_that_nobody_asks_for_are_told_and_say_nothing(self):
        def break_off(content):
            content["choices"] = {"lands/0/123456/7/0": 1}

        answer = holdfast("replay", self.changed(self.failure(), break_off))
        self.assertEqual(answer.code, 3, answer)
        text = answer.stdout.decode()
        self.assertIn("choices: 0 matched, 1 unmatched\n    unmatched lands/0/123456/7/0: 1\n", text)
        self.assertIn("the file no longer fits", text)

    def test_without_any_choice_all_is_benign_and_holds(self):
        def forget(content):
            content["choices"] = {}

        answer = holdfast("replay", self.changed(self.failure(), forget))
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("held: fixed or changed", answer.stdout.decode())

    def test_files_that_are_wrong_say_where_and_what_to_do(self):
        path = self.failure()

        def version(content):
            content["schema"] = "holdfast.failure/2"

        def family(content):
            content["choices"]["lannds/0/0/0/0"] = 1

        def spelling(content):
            content["choices"]["lands/00/8/0/0"] = 1

        def benign(content):
            content["choices"]["lands/0/8/0/0"] = 0

        def value(content):
            content["choices"]["lands/0/8/0/0"] = -1

        def inner(content):
            content["scenario"]["volume"]["levell"] = 5

        def operation(content):
            content["operations"] = [[100000]]

        for change, words in (
            (version, '/schema: found "holdfast.failure/2", expected "holdfast.failure/1": replay it with the program'),
            (family, '/choices/lannds~10~10~10~10: there are no choices of the family "lannds"; did you mean "lands"?'),
            (spelling, "/choices/lands~100~18~10~10: expected family/device/lba/nth/fragment"),
            (benign, "/choices/lands~10~18~10~10: found 0, expected a whole number from 1"),
            (value, "/choices/lands~10~18~10~10: found -1, expected a whole number from 1"),
            (inner, '/scenario/volume/levell: unknown key; did you mean "level"?'),
            (operation, "/operations/0: found 100000, expected numbers below 100000"),
        ):
            with self.subTest(change=change.__name__):
                for command in ("replay", "shrink", "check-file"):
                    answer = holdfast(command, self.changed(path, change))
                    self.assertEqual(answer.code, 2, answer)
                    self.assertIn(words, answer.words + answer.stdout.decode())

    def test_one_choice_twice_and_a_file_that_is_cut_off(self):
        text = self.failure().read_text()
        twice = self.folder / "twice.json"
        twice.write_text(text.replace('"choices": {', '"choices": {"lands/0/8/0/9": 1, "lands/0/8/0/9": 2,'))
        self.assertIn('the key "lands/0/8/0/9" stands here twice', holdfast("replay", twice).words)
        torn = self.folder / "torn.json"
        torn.write_text(text[: len(text) // 2])
        answer = holdfast("replay", torn)
        self.assertEqual(answer.code, 2)
        self.assertRegex(answer.words, r"torn\.json:\d+: not JSON: .*is it cut off\? Copy it again, or make it anew with")

    def test_two_thousand_operations_become_a_few_in_two_minutes(self):
        files, _ = self.failures(wraps, *unflushed, "--set", "workload.operations=2000", "--seeds", "0..1")
        small = self.folder / "small.json"
        begun = time.monotonic()
        answer = holdfast("shrink", files[lost], "-o", small, "--output-format=json")
        self.assertEqual(answer.code, 0, answer)
        self.assertLess(time.monotonic() - begun, 120)
        self.assertGreaterEqual(answer.json["operations"]["before"], 2000)
        self.assertLessEqual(answer.json["operations"]["after"], 12)
        self.assertTrue(answer.json["done"])
        again = holdfast("replay", small, "--output-format=json")
        self.assertEqual(again.code, 1, again)
        self.assertEqual(again.json["signature"], lost)
        self.assertEqual(again.json["choices"]["unmatched"], [])
        self.assertTrue(any("POWER CUT" in line for line in json.loads(small.read_text())["story"]))

    def test_shrinking_goes_on_from_where_it_stopped_and_is_the_same_each_time(self):
        path = self.failure()
        first, second = self.folder / "a.json", self.folder / "b.json"
        for output in (first, second):
            self.assertEqual(holdfast("shrink", path, "-o", output).code, 0)
        self.assertEqual(first.read_text(), second.read_text())
        stopped = self.folder / "c.json"
        self.assertEqual(holdfast("shrink", path, "-o", stopped, "--time", "0s").code, 0)
        answer = holdfast("shrink", path, "-o", stopped)
        self.assertIn("going on from", answer.words)
        self.assertLessEqual(len(json.loads(stopped.read_text())["choices"]), 12)

    def test_shrinking_overwrites_no_other_file(self):
        path = self.failure()
        other = self.folder / "other.json"
        other.write_text("{}")
        answer = holdfast("shrink", path, "-o", other)
        self.assertEqual(answer.code, 2, answer)
        self.assertEqual(other.read_text(), "{}")

    def test_what_does_not_fail_cannot_be_shrunk(self):
        def forget(content):
            content["choices"] = {}

        answer = holdfast("shrink", self.changed(self.failure(), forget))
        self.assertEqual(answer.code, 3, answer)
        self.assertIn("it does not fail any more", answer.words)

    def test_every_run_is_made_twice_if_asked(self):
        answer = holdfast("sim", disk, "--seeds", "0..40", "--determinism-check", "--output-format=json")
        self.assertEqual(answer.json["campaigns"][0]["determinism"], {"compared": 40, "equal": 40})


if __name__ == "__main__":
    tap.main()
