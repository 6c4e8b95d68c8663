#!/usr/bin/env python3
"""The simulated world from the command line: documents, exit codes, repro lines, and files with mistakes in them."""

import json
import os
import pathlib
import pty
import re
import shlex
import subprocess
import tempfile
import unittest

import tap
from holdfast import holdfast

disk = tap.root / "scenarios/disk/power_cut_anywhere.json"
array = tap.root / "scenarios/raid/member_dies_in_mid_write.json"
hole = tap.root / "scenarios/raid/write_hole.json"
closed_hole = tap.root / "scenarios/raid/journal_closes_the_write_hole.json"
lost_journal = tap.root / "scenarios/raid/journal_dies_in_mid_write.json"
short_lives = tap.root / "scenarios/raid/short_lives_of_a_journal.json"


def sim(*arguments, **options):
    return holdfast("sim", *arguments, **options)


def campaign(*arguments):
    answer = sim("--output-format=json", *arguments)
    return answer.json["campaigns"][0]


class SimTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-sim-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_a_campaign_that_holds(self):
        answer = sim(disk, "--seeds", "0..100")
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(answer.words, "", "words only where there is something to say")
        text = answer.stdout.decode()
        self.assertRegex(text, r"^power_cut_anywhere +100 seeds +\d+ power cuts \(\d+ inside recovery\) .* held\n")
        self.assertRegex(text, r"marks 2/2   determinism 5/5   \d+ cuts/s per core, [\d,]+ times real time\n")

    def test_a_sabotaged_device_is_found_and_its_repro_line_finds_it_again(self):
        for sabotage in ("m1=drop_flush", "volume=misdirect_write:20"):
            with self.subTest(sabotage):
                answer = sim(array, "--sabotage", sabotage, "--seeds", "0..40")
                self.assertEqual(answer.code, 1, answer)
                repro = re.search(r"repro: \./run (.*)", answer.stdout.decode()).group(1)
                self.assertIn(f"--sabotage {sabotage}", repro)
                again = holdfast(*shlex.split(repro))
                self.assertEqual(again.code, 1, again)

    def test_a_sabotage_that_there_is_not_is_a_mistake(self):
        for sabotage, words in (("m9=drop_flush", '"m9" is no device'), ("m1=arson", '"arson"'), ("m1", "sabotage.m1")):
            answer = sim(array, "--sabotage", sabotage)
            self.assertEqual(answer.code, 2, answer)
            self.assertIn(words, answer.words)

    def test_an_option_without_its_value_is_no_default(self):
        for option in ("--seed", "--seeds", "--report"):
            answer = sim(disk, option, "")
            self.assertEqual(answer.code, 2, answer)
            self.assertIn(f"{option}: the value is empty", answer.words)

    def test_paths_that_lead_nowhere(self):
        loop = self.folder / "loop"
        loop.symlink_to("loop")
        for path, words in ((loop, "symbolic link"), (self.folder / ("a" * 300), "name too long"),
                            (self.folder / "missing.json", "No such file"), (self.folder, "no scenario file there")):
            answer = sim(path, "--seeds", "0..1")
            self.assertEqual(answer.code, 2, answer)
            self.assertIn(words.lower(), answer.words.lower())

    def test_every_seed_has_its_power_cuts(self):
        counts = campaign(disk, "--seeds", "50..60")["counts"]
        self.assertGreaterEqual(counts["power_cuts"], 30)

    def test_a_broken_rule_is_found_and_its_repro_line_finds_it_again(self):
        answer = sim(array, "--seeds", "0..1000", "--rule", "refuse_stale_members=false", "--set", "workload.depth=4")
        self.assertEqual(answer.code, 1, answer)
        text = answer.stdout.decode()
        self.assertIn("VIOLATED", text)
        repros = re.findall(r"^  repro: \./run (.*)$", text, re.MULTILINE)
        self.assertTrue(repros)
        self.assertIn("--rule refuse_stale_members=false --set workload.depth=4 --seed 0x", repros[0])
        verdict = re.search(r"^VIOLATED  (\w+)", text, re.MULTILINE).group(1)
        again = holdfast(*shlex.split(repros[0]))
        self.assertEqual(again.code, 1, again)
        self.assertIn(f"VIOLATED  {verdict}", again.stdout.decode())

    def test_the_write_hole_is_expected_and_explained_on_one_screen(self):
        answer = sim(hole, "--seeds", "0..200")
        self.assertEqual(answer.code, 0, answer)
        text = answer.stdout.decode()
        first = text[text.index("EXPECTED  write_hole"):]
        story = first[:first.index("repro:")]
        self.assertLessEqual(story.count("\n"), 24)
        self.assertRegex(" ".join(text.split()), r"stands on missing member m\d, stripe \d+, and is computed from the others: "
                               r"m\d \(data, [\w ]+\) and m\d \(parity, [\w ]+\) disagree; write \d+ \(sectors.*\) was torn")
        found = campaign(hole, "--seeds", "0..200")
        self.assertEqual(found["expected"], "write_hole")
        self.assertEqual(found["violations"], [])
        self.assertTrue(all(hole["expected"] for hole in found["declared"]))

    def test_the_journal_closes_the_write_hole_without_an_excuse(self):
        answer = sim(closed_hole, "--seeds", "0..200")
        self.assertEqual(answer.code, 0, answer)
        self.assertNotIn("excused", answer.stdout.decode())
        broken = sim(closed_hole, "--seeds", "0..200", "--rule", "flush_log_before_members=false")
        self.assertEqual(broken.code, 1, broken)
        self.assertIn("VIOLATED  write_hole", broken.stdout.decode())

    def test_a_lost_journal_refuses_writes_and_the_report_says_so(self):
        text = sim(lost_journal, "--seeds", "0..40").stdout.decode()
        self.assertRegex(text, r"  refused: [\d,]+ writes after the loss of the journal\n")
        self.assertGreater(campaign(lost_journal, "--seeds", "0..40")["counts"]["writes_refused"], 0)

    def test_the_gap_of_linux_4_8_is_found_and_told_with_both_its_rules(self):
        rules = ["--rule", "recovery_gap=10", "--rule", "gap_after_short_logs=false"]
        answer = sim(short_lives, "--seeds", "0..2000", *rules)
        self.assertEqual(answer.code, 1, answer)
        text = answer.stdout.decode()
        self.assertRegex(" ".join(text.split()),
                         r"VIOLATED stale_resurrected .* shows write \d+, which recovery \d+ had ruled out; recovery")
        repro = re.search(r"^  repro: \./run (.*)$", text, re.MULTILINE).group(1)
        self.assertIn(" ".join(rules), repro)
        self.assertEqual(holdfast(*shlex.split(repro)).code, 1)

    def test_results_do_not_depend_on_the_number_of_jobs(self):
        def stable(jobs):
            found = campaign(hole, "--seeds", "0..120", "--jobs", jobs)
            for key in ("threads", "seconds", "core_seconds", "cuts_per_core_second", "times_real_time"):
                del found[key]
            return found

        self.assertEqual(stable(1), stable(3))

    def test_a_seed_may_be_a_commit_hash(self):
        found = campaign(disk, "--seed", "2a027f27935a76e9d1b428a44451b7234d98e93d")
        self.assertEqual(found["seeds"]["first"], "0x2a027f27935a76e9")
        self.assertEqual(found["seeds"]["count"], 1)

    def test_set_changes_the_scenario(self):
        found = campaign(disk, "--seeds", "0..10", "--set", "faults.power_cuts=5")
        self.assertGreaterEqual(found["counts"]["power_cuts"], 50)

    def test_a_mark_that_is_never_reached_is_vacuous(self):
        answer = sim(disk, "--seeds", "0..20", "--set", 'marks=["raid.resync_finished"]')
        self.assertEqual(answer.code, 3, answer)
        self.assertIn("vacuous: the mark raid.resync_finished was never reached", answer.stdout.decode())

    def test_folders_stand_for_the_scenarios_in_them(self):
        answer = sim("--output-format=json", tap.root / "scenarios/disk", hole, "--seeds", "0..40")
        names = [found["scenario"] for found in answer.json["campaigns"]]
        self.assertEqual(names[:-1], sorted(path.stem for path in (tap.root / "scenarios/disk").glob("*.json")))
        self.assertEqual(names[-1], "write_hole")

    def test_every_json_document_fits_the_schema(self):
        report = self.folder / "r.json"
        answer = sim(disk, hole, "--seeds", "0..60", "--output-format=json", "--report", report)
        self.assertEqual(json.loads(report.read_text()), answer.json)
        self.assertEqual(holdfast("check-file", report).code, 0)
        checked = self.write("c.json", holdfast("check-file", disk, "--output-format=json").stdout.decode())
        self.assertEqual(holdfast("check-file", checked).code, 0)
        examined = holdfast("examine", "--output-format=json", disk)
        self.assertEqual(holdfast("check-file", self.write("e.json", examined.stdout.decode())).code, 0)

    def test_markdown(self):
        text = sim(disk, "--seeds", "0..40", "--output-format=markdown").stdout.decode()
        self.assertTrue(text.startswith("| scenario | outcome |"), text)
        self.assertIn("| power_cut_anywhere | held | 40 |", text)

    def test_what_a_person_types_wrongly(self):
        for arguments in (["--seeds", "5"], ["--seeds", "5..5"], ["--seeds", "9..5"], ["--seeds", "0..x"],
                          ["--seed", "12x"], ["--seed", "1", "--seeds", "0..5"], ["--jobs", "0"], ["--jobs", "-1"],
                          ["--rule", "no_such_rule=false"], ["--rule", "refuse_stale_members=2"],
                          ["--rule", "recovery_gap=10"], ["--set", "workload"],
                          ["--set", "workload.dept=4"], ["--set", "workload.depth=4k"], ["--oddity"],
                          ["--output-format=xml"]):
            with self.subTest(arguments=arguments):
                answer = sim(array, *arguments)
                self.assertEqual(answer.code, 2, answer)
                self.assertEqual(answer.stdout, b"")
                self.assertIn("holdfast: error: ", answer.words)
        for arguments in ([], ["sim"], ["simm", disk], ["sim", "/nowhere.json"], ["sim", self.folder],
                          ["schema", "scenarios"], ["check-file"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(holdfast(*arguments).code, 2)

    def test_all_mistakes_of_a_file_are_named_at_once(self):
        path = self.write("x.json", disk.read_text().replace('"size"', '"sise"').replace('"depth": 8', '"depth": "8"'))
        for answer in (sim(path), holdfast("check-file", path)):
            self.assertEqual(answer.code, 2, answer)
            words = answer.words + answer.stdout.decode()
            self.assertRegex(words, r'x\.json:\d+: /devices/d/sise: unknown key; did you mean "size"\?')
            self.assertRegex(words, r'x\.json:\d+: /workload/depth: found "8", expected a whole number')

    def test_one_bad_file_among_good_ones_runs_nothing(self):
        bad = self.write("bad.json", "{}")
        answer = sim(disk, bad, "--seeds", "0..10")
        self.assertEqual(answer.code, 2)
        self.assertEqual(answer.stdout, b"")

    def test_check_file_tells_kinds_apart(self):
        self.assertEqual(holdfast("check-file", disk, hole).code, 0)
        odd = holdfast("check-file", self.write("odd.json", '{"schema": "holdfast.oddity/7"}'))
        self.assertEqual(odd.code, 2)
        self.assertIn('expected "holdfast.scenario/1"', odd.stdout.decode())
        report = sim(disk, "--seeds", "0..5", "--output-format=json").json
        report["campaigns"][0]["oddity"] = 1
        self.assertEqual(holdfast("check-file", self.write("r.json", json.dumps(report))).code, 2)

    def test_schemas_are_whole_by_themselves(self):
        for kind in ("scenario", "volume", "report", "failure"):
            with self.subTest(kind=kind):
                schema = holdfast("schema", kind).json
                self.assertEqual(schema["$schema"], "http://json-schema.org/draft-07/schema#")
                references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema))
                for reference in references:
                    self.assertTrue(reference.startswith("#/definitions/"), reference)
                    self.assertIn(reference.removeprefix("#/definitions/"), schema["definitions"])

    def test_a_report_is_whole_or_not_there(self):
        path = self.folder / "no" / "r.json"
        answer = sim(disk, "--seeds", "0..5", "--report", path)
        self.assertEqual(answer.code, 3)
        self.assertIn("the report can't be written: No such file or directory", answer.words)
        full = sim(disk, "--seeds", "0..5", "--report", "/dev/full")
        self.assertEqual(full.code, 3)
        self.assertIn("No space left on device", full.words)

    def test_a_full_stdout_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([tap.program(), "sim", disk, "--seeds", "0..5"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"stdout did not take the document", done.stderr)

    def test_progress_goes_to_stderr_and_only_where_it_is_wanted(self):
        command = [tap.program(), "sim", array, "--seeds", "0..3000"]
        quiet = subprocess.run(command, capture_output=True)
        self.assertEqual(quiet.stderr, b"", "a pipe is no terminal")
        told = subprocess.run([*command, "--progress=always"], capture_output=True)
        self.assertRegex(told.stderr, rb"member_dies_in_mid_write  \d+/3000 seeds  \d+ cuts/s")
        self.assertNotIn(b"cuts/s\n", told.stdout.replace(b"cuts/s per core", b""))
        self.assertRegex(self.on_a_terminal(command), rb"\r\x1b\[Kmember_dies_in_mid_write  \d+/3000 seeds")
        self.assertEqual(self.on_a_terminal([*command, "--progress=never"]), b"")

    def on_a_terminal(self, command):
        """What the command writes to a terminal on its stderr."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        seen = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:
                break
            if not block:
                break
            seen += block
        process.wait()
        os.close(ours)
        return seen


if __name__ == "__main__":
    tap.main()
