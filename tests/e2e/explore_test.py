#!/usr/bin/env python3
"""Every crash state of a scope: what is covered is the same whoever covers it, and bugs that really were are found."""

import pathlib
import tempfile
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
        for rules in (linux_4_8, ("--rule", "empty_block_in_new_log=false", "--rule", "gap_after_short_logs=false")):
            with self.subTest(rules):
                answer = explore(scope, *rules)
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


if __name__ == "__main__":
    tap.main()
