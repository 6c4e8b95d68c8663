#!/usr/bin/env python3
"""Every crash state of a scope: what is covered is the same whoever covers it, and bugs that really were are found."""

import contextlib
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import tap
from holdfast import holdfast

scope = tap.root / "scenarios/explore/three_writes_with_journal.json"
two_writes = ("--set", "explore.operations=[2,1]", "--arrivals", 2)
linux_4_8 = ("--rule", "recovery_gap=10", "--rule", "gap_after_short_logs=false")


def explore(*arguments):
    return holdfast("explore", "--output-format=json", *arguments)


def certificate(answer):
    """What must be equal for equal scopes."""
    scenario = answer.json["scenarios"][0]
    times = ("threads", "seconds", "core_seconds", "lives_per_core_second", "states_per_core_second")
    return {key: value for key, value in scenario.items() if key not in times}


class ExploreTest(unittest.TestCase):
    def test_the_certificate_does_not_depend_on_the_number_of_threads(self):
        one, three = (explore(scope, *two_writes, "--jobs", jobs) for jobs in (1, 3))
        self.assertEqual(one.code, 0, one)
        self.assertEqual(certificate(one), certificate(three))
        covered = certificate(one)
        self.assertEqual(covered["parts"]["all"], covered["parts"]["done"])
        self.assertGreater(covered["states"], covered["crash_points"])
        self.assertGreater(covered["judged"], 1000)

    def test_another_seed_is_another_certificate(self):
        hashes = {certificate(explore(scope, "--depth", 1, "--arrivals", 1, "--seed", seed))["hash"] for seed in range(3)}
        self.assertEqual(len(hashes), 3)

    def test_bugs_of_linux_4_8_are_found_behind_the_second_power_cut(self):
        stale_units = tap.root / "scenarios/explore/stale_units_behind_a_torn_one.json"
        for explored, rules in ((scope, linux_4_8), (stale_units, ("--rule", "recovery_gap=0")),
                                (scope, ("--rule", "empty_block_in_new_log=false", "--rule", "gap_after_short_logs=false"))):
            with self.subTest(rules):
                answer = explore(explored, *rules)
                self.assertEqual(answer.code, 1, answer)
                finding = answer.json["scenarios"][0]["findings"][0]
                self.assertIn("life 1", finding["route"])
                again = explore(*finding["repro"].split()[2:])
                self.assertEqual((again.code, certificate(again)), (1, certificate(answer)))

    def test_a_violation_is_the_same_whoever_finds_it(self):
        one, two = (explore(scope, *linux_4_8, "--jobs", jobs) for jobs in (1, 2))
        self.assertEqual(certificate(one), certificate(two))

    def test_its_report_keeps_to_the_schema(self):
        for rules in ((), ("--rule", "flush_log_before_members=false")):
            with tempfile.TemporaryDirectory() as folder, self.subTest(rules):
                report = pathlib.Path(folder) / "report.json"
                explore(scope, *two_writes, "--depth", 2, *rules, "--report", report)
                checked = holdfast("check-file", report)
                self.assertEqual(checked.code, 0, checked)

    def test_a_report_is_whole_or_not_there(self):
        answer = holdfast("explore", scope, "--depth", 1, "--arrivals", 1, "--report", "/dev/full")
        self.assertEqual(answer.code, 3, answer)
        self.assertIn("/dev/full", answer.words)

    def test_nothing_reached_is_vacuous(self):
        answer = explore(scope, "--depth", 1, "--arrivals", 1, "--set", "explore.operations=[0]")
        self.assertEqual(answer.code, 3, answer)
        self.assertEqual(answer.json["outcome"], "vacuous")

    def test_a_scenario_without_a_scope_is_refused(self):
        answer = holdfast("explore", tap.root / "scenarios/raid/write_hole.json")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("explore", answer.words)

    def test_a_wrong_scope_is_refused(self):
        for setting, word in (("explore.depth=0", "depth"), ("explore.operations=[1,2,3]", "operations"),
                              ("explore.operations=3", "array"), ("explore.deep=1", "deep")):
            with self.subTest(setting):
                answer = holdfast("explore", scope, "--set", setting)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(word, answer.words)


class ResumeTest(unittest.TestCase):
    """An exploration that ends in the middle goes on later, and its certificate is that of one which never did."""

    long = ("--arrivals", "6")  # seconds, of which the first half is killed

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.kept = pathlib.Path(folder.name) / "kept.json"

    def parts_done(self):
        with contextlib.suppress(FileNotFoundError):
            return len(json.loads(self.kept.read_text())["done"])
        return 0

    def end_in_the_middle(self, jobs, with_signal):
        """Explores until some parts are kept, then ends it; says how many."""
        command = [tap.program(), "explore", scope, *self.long, "--jobs", str(jobs), "--resume", self.kept]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(running.kill)
        before = self.parts_done()
        deadline = time.monotonic() + 60
        while self.parts_done() <= before and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(with_signal)
        running.wait(60)
        return self.parts_done()

    def test_it_ends_with_the_same_certificate_however_it_was_ended(self):
        whole = certificate(explore(scope, *self.long))
        for jobs in (1, 2):
            with self.subTest(jobs):
                self.kept.unlink(missing_ok=True)
                killed = self.end_in_the_middle(jobs, signal.SIGKILL)
                interrupted = self.end_in_the_middle(3 - jobs, signal.SIGINT)
                self.assertLess(0, killed)
                self.assertLess(killed, interrupted)
                self.assertLess(interrupted, whole["parts"]["all"], "the test came too late to interrupt anything")
                answer = explore(scope, *self.long, "--jobs", jobs, "--resume", self.kept)
                self.assertEqual(answer.code, 0, answer)
                self.assertEqual(certificate(answer), whole)
                again = explore(scope, *self.long, "--resume", self.kept)
                self.assertEqual(certificate(again), whole)
                seconds = [one.json["scenarios"][0]["core_seconds"] for one in (answer, again)]
                self.assertAlmostEqual(*seconds, delta=0.1, msg="what was kept is not explored again")

    def test_a_violation_that_was_kept_is_told_again(self):
        first = explore(scope, *linux_4_8, "--resume", self.kept)
        second = explore(scope, *linux_4_8, "--resume", self.kept)
        self.assertEqual((first.code, second.code), (1, 1), second)
        self.assertEqual(certificate(first), certificate(second))

    def test_what_it_kept_keeps_to_the_schema(self):
        for rules in ((), ("--rule", "flush_log_before_members=false")):
            with self.subTest(rules):
                self.kept.unlink(missing_ok=True)
                explore(scope, *two_writes, *rules, "--keep-going", "--resume", self.kept)
                checked = holdfast("check-file", self.kept)
                self.assertEqual(checked.code, 0, checked)

    def check_refused(self, words, *arguments):
        before = self.kept.read_bytes()
        answer = explore(scope, *two_writes, "--resume", self.kept, *arguments)
        self.assertEqual(answer.code, 2, answer)
        for word in (str(self.kept), words, "name another file, or remove this one"):
            self.assertIn(word, answer.words)
        self.assertEqual(self.kept.read_bytes(), before)

    def test_what_belongs_to_another_exploration_is_refused(self):
        explore(scope, *two_writes, "--resume", self.kept)
        for words, arguments in (("/scope: the scope was depth 2", ("--depth", 1)),
                                 ("/scope: ", ("--seed", 7)),
                                 ("/scenario_hash: ", ("--rule", "recovery_gap=10")),
                                 ("/scenario_hash: ", ("--set", "workload.depth=2"))):
            with self.subTest(arguments):
                self.check_refused(words, *arguments)

    def test_a_damaged_file_is_refused(self):
        explore(scope, *two_writes, "--resume", self.kept)
        whole = self.kept.read_text()
        judged = whole.index('"judged": ') + len('"judged": ')
        for words, text in (("not JSON", whole[:len(whole) // 2]), ("not JSON", ""),
                            ("/checksum: ", whole[:judged] + "1" + whole[judged:]),
                            ("/program: found", whole.replace('"program": "0x', '"program": "', 1)),
                            ("/checksum: ", whole.replace('"core_seconds": ', '"core_seconds": 1', 1)),
                            ("/done/1/part: found 0, expected", whole.replace('"part": 1,', '"part": 0,', 1)),
                            ("/schema: found", whole.replace("holdfast.exploration/1", "holdfast.exploration/2", 1))):
            with self.subTest(words):
                self.kept.write_text(text)
                self.check_refused(words)

    def test_another_build_of_the_program_is_refused(self):
        explore(scope, *two_writes, "--resume", self.kept)
        other = self.kept.with_name("holdfast")
        other.write_bytes(pathlib.Path(tap.program()).read_bytes() + b"\0")
        other.chmod(0o755)
        ran = subprocess.run([other, "explore", scope, *map(str, two_writes), "--resume", self.kept],
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 2, ran)
        self.assertIn("/program: was written by another build", ran.stderr)

    def test_a_place_that_takes_nothing_is_told_before_anything_is_done(self):
        answer = explore(scope, *two_writes, "--resume", self.kept.parent / "nowhere" / "kept.json")
        self.assertEqual((answer.code, answer.stdout), (2, b""), answer)
        self.assertIn("can't be written", answer.words)

    def test_one_file_keeps_one_exploration(self):
        answer = explore(scope, scope, "--resume", self.kept)
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("--resume", answer.words)


if __name__ == "__main__":
    tap.main()
