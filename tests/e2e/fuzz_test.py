#!/usr/bin/env python3
"""Scenarios under pressure from the command line: what is found, told and found again."""

import json
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

import tap
from holdfast import holdfast

closed_hole = tap.root / "scenarios/raid/journal_closes_the_write_hole.json"
hole = tap.root / "scenarios/raid/write_hole.json"
disk = tap.root / "scenarios/disk/power_cut_anywhere.json"


def fuzz(*arguments):
    return holdfast("fuzz", "--output-format=json", *arguments)


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-fuzz-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_what_holds(self):
        report = self.folder / "report.json"
        answer = fuzz(closed_hole, disk, "--time", "3s", "--report", report, "--junit", self.folder / "junit.xml")
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual([campaign["outcome"] for campaign in answer.json["campaigns"]], ["held", "held"])
        pressure = answer.json["campaigns"][0]["pressure"]
        self.assertGreater(pressure["rounds"], pressure["aimed_rounds"])
        self.assertTrue(any(moment["cut"] for moment in pressure["moments"]))
        self.assertLessEqual({moment["moment"].split("/")[2] for moment in pressure["moments"]},
                             {"work", "recovery", "again", "resync"})
        self.assertIn("<testsuites", (self.folder / "junit.xml").read_text())
        self.assertEqual(holdfast("check-file", report).code, 0)
        again = holdfast("report", report, "--output-format=json")
        self.assertEqual(again.json["campaigns"][0]["pressure"], pressure)
        self.assertRegex(holdfast("report", report).stdout.decode(),
                         r"rounds? \(\d+ aimed, \d+ with demoted devices\)   the power went in \d+ of the \d+ moments")

    def test_a_broken_rule_is_found_and_its_repro_line_finds_it_again(self):
        failures = self.folder / "failures"
        answer = fuzz(closed_hole, "--rule", "flush_log_before_members=false", "--time", "10s", "--failures", failures)
        self.assertEqual(answer.code, 1, answer)
        for found in answer.json["campaigns"][0]["violations"][:2]:
            self.assertEqual(holdfast(*shlex.split(found["repro"])[1:]).code, 1, found["repro"])
            self.assertEqual(holdfast("replay", found["failure"]).code, 1, found["failure"])

    def test_an_expected_verdict_is_none_and_its_absence_neither(self):
        answer = fuzz(hole, "--time", "1s")
        self.assertEqual(answer.code, 0, answer)
        answer = fuzz(hole, "--set", "faults.absent=0", "--set", "faults.device_loss=0", "--set", "faults.max_degraded=0",
                      "--time", "1s")
        self.assertEqual(answer.code, 0, answer)

    def test_shards_never_meet_and_are_merged(self):
        files = []
        for number in (1, 2):
            files.append(self.folder / f"shard{number}.json")
            self.assertEqual(fuzz(disk, "--time", "1s", "--shard", f"{number}/2", "--report", files[-1]).code, 0)
        merged = holdfast("merge", *files, files[0], "--output-format=json")
        self.assertEqual(merged.code, 0, merged)
        first, second = merged.json["campaigns"]
        self.assertLess(int(first["seeds"]["end"], 16), int(second["seeds"]["first"], 16))

    def test_a_signal_ends_it_with_a_report(self):
        process = subprocess.Popen([tap.program(), "fuzz", "--output-format=json", "--progress=always", disk, "--time", "10min"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertTrue(process.stderr.read(1), "the first round is over")
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, "the time was not used up")
        self.assertGreater(json.loads(stdout)["campaigns"][0]["pressure"]["rounds"], 0)

    def test_a_signal_ends_the_first_round_too(self):
        """64 seeds of 2,000 operations in each of three cycles."""
        running = subprocess.Popen([tap.program(), "fuzz", "--output-format=json", closed_hole, "--time", "600s", "--set",
                                    "workload.operations=2000", "--progress", "always"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        out, words = running.communicate(timeout=120)
        self.assertEqual(running.returncode, 3, words)
        campaign = json.loads(out)["campaigns"][0]
        seeds = int(campaign["seeds"]["end"], 16) - int(campaign["seeds"]["first"], 16)
        self.assertLess(seeds, 64)

    def test_what_cannot_be_asked(self):
        for arguments, words in (((disk, "--time", "0s"), "--time 0s"), ((disk, "--time", "soon"), "--time soon"),
                                 ((disk, "--shard", "3/2"), "--shard 3/2"), ((disk, "--seed", "x"), "--seed x"),
                                 ((disk, "--set", "faults.aim=log/ended"), "faults/aim"),
                                 ((self.folder / "nothing.json",), "nothing.json")):
            with self.subTest(words):
                answer = holdfast("fuzz", *arguments)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(words, answer.words)


if __name__ == "__main__":
    tap.main()
