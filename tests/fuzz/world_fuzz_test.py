#!/usr/bin/env python3
"""The fuzzer of whole runs notices a broken rule, from nothing, and what it finds replays. Called with it and holdfast."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import tap

fuzzer, program = sys.argv[1:3]
found = 77  # libFuzzer's exit code


class WorldFuzzTest(unittest.TestCase):
    def fuzz(self, folder, *arguments):
        command = [fuzzer, f"--failures={folder}", f"-artifact_prefix={folder}/", "-seed=1", "-len_control=0", *arguments]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)

    def test_a_broken_rule_is_found_from_nothing_and_replays(self):
        # Both are what that rule prevents; which one is met first is libFuzzer's affair.
        for rule, verdicts in (("flush_log_before_members=false", "lost_durable|write_hole"),
                               ("resync_after_unclean_stop=false", "parity_mismatch")):
            with self.subTest(rule), tempfile.TemporaryDirectory() as folder:
                ran = self.fuzz(folder, f"--rule={rule}", "-max_len=4096", "-max_total_time=120")
                self.assertEqual(ran.returncode, found, ran.stderr[-2000:])
                files = list(pathlib.Path(folder).glob("raid5_*.json"))
                self.assertEqual(len(files), 1, ran.stderr[-2000:])
                self.assertIn(f"repro: ./run replay {files[0]}", ran.stderr)
                replayed = subprocess.run([program, "replay", files[0]], capture_output=True, text=True, check=False)
                self.assertEqual(replayed.returncode, 1, replayed)
                self.assertRegex(replayed.stdout, verdicts)
                again = self.fuzz(folder, f"--rule={rule}", next(pathlib.Path(folder).glob("crash-*")))
                self.assertEqual(again.returncode, found, again.stderr[-2000:])

    def test_a_rule_that_no_world_has_is_refused(self):
        ran = self.fuzz("/nowhere", "--rule=flush_the_moon=false", "-runs=1")
        self.assertEqual(ran.returncode, 2, ran)


if __name__ == "__main__":
    tap.main()
