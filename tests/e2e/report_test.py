#!/usr/bin/env python3
"""Reports that CI reads: rendered from a file or straight from `sim`, read back with errors that say where, and merged."""

import html.parser
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import tap
from holdfast import holdfast

disk = "scenarios/disk/power_cut_anywhere.json"
array = "scenarios/raid/member_dies_in_mid_write.json"
resync = "scenarios/raid/raid5_power_cut_and_resync.json"
hole = "scenarios/raid/write_hole.json"
broken = ("--rule", "flush_every_member=false", "--seeds", "0..60")
machine = ("threads", "seconds", "core_seconds", "cuts_per_core_second", "times_real_time")
forms = ("junit", "markdown", "html", "ktap", "perfetto")


def sim(*arguments, **options):
    return holdfast("sim", *arguments, cwd=tap.root, **options)


def without_times(path):
    report = json.loads(pathlib.Path(path).read_text())
    for campaign in report["campaigns"]:
        for key in machine:
            del campaign[key]
    return report


class Page(html.parser.HTMLParser):
    """Tags in order, and all that a browser would fetch or run."""

    void = {"meta", "br", "hr", "img", "link", "input", "rect", "line", "path", "circle"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.fetched, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name.startswith("on") or (name in ("src", "href", "srcset", "data", "action") and not value.startswith("#")):
                self.fetched.append((tag, name, value))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open and self.open.pop() == tag, tag

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.void:
            self.open.pop()

    def handle_data(self, data):
        self.words.append(data)


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(prefix="holdfast-report-")
        cls.violated = pathlib.Path(cls.shared.name) / "violated.json"
        sim(array, resync, *broken, "--report", cls.violated)

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-report-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def rendered(self, form, report=None):
        answer = holdfast("report", report or self.violated, f"--{form}", "-")
        self.assertEqual(answer.code, 0, answer)
        return answer.stdout.decode()

    def test_every_form_is_the_same_from_sim_and_from_the_report(self):
        options = itertools.chain.from_iterable((f"--{form}", self.folder / form) for form in forms)
        answer = sim(hole, "--seeds", "0..40", "--report", self.folder / "report", *options)
        self.assertEqual(answer.code, 0, answer)
        for form in (*forms, "report"):
            with self.subTest(form):
                self.assertEqual(self.rendered(form, self.folder / "report"), (self.folder / form).read_text())
        for form, text in (("normal", answer.stdout.decode()), ("markdown", (self.folder / "markdown").read_text())):
            again = holdfast("report", self.folder / "report", "--output-format", form)
            self.assertEqual(again.stdout.decode(), text)

    def test_a_report_fits_its_schema_and_stays_small(self):
        self.assertEqual(holdfast("check-file", self.violated).code, 0)
        report = json.loads(self.violated.read_text())
        for campaign in report["campaigns"]:
            told = [found for found in campaign["violations"] if "timeline" in found]
            self.assertEqual(len(told), min(4, len(campaign["violations"])))
            for found in told:
                self.assertLessEqual(len(found["timeline"]["events"]), 2000)
                self.assertEqual(found["timeline"]["events"][-1]["kind"], "judged")
        held = self.folder / "held.json"
        sim(disk, "--seeds", "0..100", "--report", held)
        self.assertLess(held.stat().st_size, 10_000)

    def test_junit_has_a_case_for_each_rule(self):
        suites = xml.etree.ElementTree.fromstring(self.rendered("junit"))
        self.assertEqual(suites.tag, "testsuites")
        self.assertEqual([suite.get("name") for suite in suites], ["member_dies_in_mid_write", "raid5_power_cut_and_resync"])
        for suite in suites:
            cases = suite.findall("testcase")
            names = [case.get("name") for case in cases]
            for rule in [f"R{i}" for i in range(1, 10)] + ["determinism", "vacuity"]:
                self.assertEqual(sum(name.split()[0] == rule for name in names), 1, rule)
            self.assertEqual(int(suite.get("tests")), len(cases))
            self.assertEqual(int(suite.get("failures")), len(suite.findall(".//failure")))
        failure = suites.find(".//failure")
        self.assertEqual(failure.get("type"), "lost_durable")
        self.assertIn("must be there: flushed, power cut", failure.text)
        self.assertRegex(failure.text, r"repro: \./run sim \S+ --rule flush_every_member=false --seed 0x")
        self.assertEqual(int(suites.get("failures")), len(suites.findall(".//failure")))

    def test_ktap_nests_rules_in_scenarios(self):
        lines = self.rendered("ktap").splitlines()
        self.assertEqual(lines[:2], ["KTAP version 1", "1..2"])
        self.assertIn("not ok 1 member_dies_in_mid_write", lines)
        self.assertIn("  not ok 1 R1 membership", lines)
        for indent in ("", "  "):
            results = [line for line in lines if re.match(indent + r"(not )?ok ", line)]
            numbers = [int(re.search(r"ok (\d+)", line).group(1)) for line in results]
            self.assertEqual(numbers, list(range(1, 3)) if not indent else list(range(1, 12)) * 2)

    def test_the_page_is_offline_and_draws_the_failing_run(self):
        page = Page(self.rendered("html"))
        self.assertEqual(page.fetched, [])
        self.assertEqual(page.open, [])
        self.assertFalse({"script", "link", "img", "iframe", "object"} & set(page.tags))
        report = json.loads(self.violated.read_text())
        drawn = sum("timeline" in found for campaign in report["campaigns"] for found in campaign["violations"])
        text = self.rendered("html")
        self.assertEqual(text.count('class="timeline"'), drawn)
        for found in report["campaigns"][0]["violations"]:
            self.assertIn(found["repro"], "".join(page.words))
        for words in ("lost by the crash", "power cut at", "at the judged block", ">judged<"):
            self.assertIn(words, text)

    def test_trace_events_have_a_track_for_each_device(self):
        trace = json.loads(self.rendered("perfetto"))
        for event in trace["traceEvents"]:
            self.assertLessEqual({"ph", "ts", "dur", "pid", "tid"}, event.keys())
            self.assertIn(event["ph"], "MXi")
        tracks = {event["args"]["name"] for event in trace["traceEvents"] if event["name"] == "thread_name"}
        self.assertLessEqual({"m0", "m1", "m2", "m3", "machine"}, tracks)

    def test_annotations_are_ten_at_most(self):
        answer = holdfast("report", self.violated, "--github")
        self.assertEqual(answer.code, 0, answer)
        errors = [line for line in answer.words.splitlines() if line.startswith("::error ")]
        self.assertTrue(0 < len(errors) <= 10)
        for line in errors:
            self.assertRegex(line, r"^::error file=scenarios/\S+\.json,title=[^:,]+::.*%0Arepro: \./run sim ")
        self.assertLessEqual(answer.words.count("::notice "), 1)

    def test_names_from_elsewhere_stay_words(self):
        odd = self.folder / "<script>alert('1')<\x01b> & \"x\",a:b\n::error.json"
        odd.write_text((tap.root / array).read_text())
        report = self.folder / "r.json"
        answer = sim(odd, *broken, "--report", report, "--github")
        self.assertEqual(answer.code, 1, answer)
        self.assertNotIn("\n::error.json", answer.words)
        page = Page(self.rendered("html", report))
        self.assertEqual((page.fetched, page.open), ([], []))
        self.assertNotIn("script", page.tags)
        suites = xml.etree.ElementTree.fromstring(self.rendered("junit", report))
        self.assertIn("<script>alert('1')<\ufffdb> & \"x\"", suites[0].get("name"))
        self.assertEqual(self.rendered("ktap", report).splitlines()[1], "1..1")
        json.loads(self.rendered("perfetto", report))

    def test_a_full_disk_and_stdout(self):
        for form in (*forms, "report"):
            with self.subTest(form):
                answer = holdfast("report", self.violated, f"--{form}", "/dev/full")
                self.assertEqual(answer.code, 3, answer)
                self.assertIn("/dev/full: the report can't be written: No space left on device", answer.words)
                nowhere = self.folder / "no" / "f"
                answer = sim(disk, "--seeds", "0..1", f"--{form}", nowhere)
                self.assertEqual(answer.code, 3, answer)
                self.assertIn(f"{nowhere}: the report can't be written: No such file or directory", answer.words)
        with open("/dev/full", "w") as full:
            done = subprocess.run([tap.program(), "report", self.violated, "--html", "-"], stdout=full, timeout=60)
        self.assertEqual(done.returncode, 3)
        answer = holdfast("report", self.violated, "--html", "-", "--junit", "-")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("stdout takes one document", answer.words)

    def test_bad_reports_are_refused_with_place_and_expectation(self):
        text = self.violated.read_text()
        good = json.loads(text)
        exercise = good | {"kind": "exercise"}
        extra = json.loads(text)
        extra["campaigns"][0]["oddity"] = 1
        cut_list = [text[:length] for length in (0, 1, 100, len(text) // 2, len(text) - 3)]
        table = [(cut, "not JSON") for cut in cut_list] + [
            ("[]", "expected one JSON object"),
            ("\xff\xfe", "not JSON"),
            (text.replace("holdfast.report/1", "holdfast.report/2"), 'found "holdfast.report/2", expected "holdfast.report/1"'),
            (json.dumps(exercise), 'expected "simulation": a report that `sim` wrote'),
            (re.sub(r'"power_cuts": \d+', '"power_cuts": "many"', text, count=1), 'found "many", expected a whole number'),
            (json.dumps(extra), "oddity"),
            (text + text, "not JSON"),
            ("[" * 100_000, "nested deeper"),
        ]
        path = self.folder / "bad.json"
        for content, words in table:
            for command in (("report", path), ("merge", path), ("merge", self.violated, path)):
                path.write_text(content)
                answer = holdfast(*command)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(words, answer.words)
                self.assertIn("bad.json", answer.words)
                self.assertEqual(answer.stdout, b"")
        for path in (self.folder, self.folder / "missing", tap.root / disk):
            self.assertEqual(holdfast("report", path).code, 2)


class MergeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-merge-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_sim(self, name, *arguments, code=0):
        path = self.folder / name
        answer = sim(*arguments, "--report", path)
        self.assertEqual(answer.code, code, answer)
        return path

    def merge(self, *paths, code=0):
        merged = self.folder / "merged.json"
        answer = holdfast("merge", *paths, "--report", merged)
        self.assertEqual(answer.code, code, answer)
        self.assertEqual(holdfast("check-file", merged).code, 0)
        return without_times(merged)

    def test_shards_in_any_order_and_twice_are_the_whole(self):
        for arguments, code in (((disk, hole, "--seeds", "3..150"), 0), ((array, *broken), 1)):
            whole = self.run_sim("whole.json", *arguments, code=code)
            shards = []
            for number in (1, 2, 3):
                path = self.folder / f"{number}.json"
                answer = sim(*arguments, "--shard", f"{number}/3", "--jobs", number, "--report", path)
                self.assertIn(answer.code, (0, code), answer)
                shards.append(path)
            expected = without_times(whole)
            for order in itertools.permutations(shards):
                with self.subTest(" ".join(path.name for path in order)):
                    self.assertEqual(self.merge(*order, code=code), expected)
            self.assertEqual(self.merge(*shards, *reversed(shards), code=code), expected)
            self.assertEqual(self.merge(*shards, whole, code=code), expected)

    def test_a_missing_shard_is_named_and_the_rest_waits(self):
        first = self.run_sim("1.json", disk, "--seeds", "0..100", "--shard", "1/3")
        last = self.run_sim("3.json", disk, "--seeds", "0..100", "--shard", "3/3")
        answer = holdfast("merge", last, first)
        self.assertEqual(answer.code, 3, answer)
        self.assertIn("of 3 shards these are missing: 2", answer.words)
        half = self.folder / "half.json"
        holdfast("merge", first, last, "--report", half)
        middle = self.run_sim("2.json", disk, "--seeds", "0..100", "--shard", "2/3")
        whole = self.run_sim("whole.json", disk, "--seeds", "0..100")
        self.assertEqual(self.merge(middle, half, first), without_times(whole))

    def test_a_shard_may_be_empty_and_marks_are_asked_of_the_whole(self):
        shards = [self.run_sim(f"{n}.json", array, "--seeds", "0..17", "--shard", f"{n}/4") for n in (1, 2, 3, 4)]
        whole = sim(array, "--seeds", "0..17", "--report", self.folder / "whole.json")
        self.assertEqual(self.merge(*shards, code=whole.code), without_times(self.folder / "whole.json"))

    def test_what_does_not_fit_is_refused_and_both_files_are_named(self):
        first = self.run_sim("first.json", disk, "--seeds", "0..100", "--shard", "1/2")
        cases = {
            "other seeds": ("--seeds", "0..101", "--shard", "2/2"),
            "other shards": ("--seeds", "0..100", "--shard", "2/3"),
            "overlap": ("--seeds", "50..150"),
            "other scenario": ("--seeds", "0..100", "--shard", "2/2", "--set", "workload.depth=2"),
        }
        for name, arguments in cases.items():
            with self.subTest(name):
                other = self.run_sim("other.json", disk, *arguments)
                answer = holdfast("merge", first, other)
                self.assertEqual(answer.code, 2, answer)
                self.assertEqual(answer.stdout, b"")
                for words in ("first.json and ", "other.json: "):
                    self.assertIn(words, answer.words)
        beside = self.run_sim("beside.json", disk, "--seeds", "100..150")
        self.assertEqual(holdfast("merge", first, beside).code, 3, "a shard is missing, but nothing is refused")

    def test_a_shard_of_nothing(self):
        for shard in ("0/2", "3/2", "1", "1/", "/2", "a/b", "1/99999999", ""):
            answer = sim(disk, "--seeds", "0..10", "--shard", shard)
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("--shard", answer.words)
        self.assertEqual(sim(disk, "--seed", "1", "--shard", "1/2").code, 2)

    def test_the_hash_is_of_what_was_run(self):
        def hash_of(*arguments):
            path = self.run_sim("h.json", *arguments, "--seeds", "0..20")
            return json.loads(path.read_text())["campaigns"][0]["scenario_hash"]

        text = (tap.root / disk).read_text()
        same = self.folder / "power_cut_anywhere.json"
        same.write_text("// another comment\n" + text)
        self.assertEqual(hash_of(disk), hash_of(same))
        self.assertNotEqual(hash_of(disk), hash_of(disk, "--set", "workload.depth=2"))

    def test_the_mutation_score_stands_on_the_page(self):
        mutants, run = self.folder / "mutants.json", self.folder / "run.json"
        self.assertEqual(holdfast("mutants", "--only", "refuse_invalid_tail", "--ranges", 1, "--report", mutants, cwd=tap.root).code, 0)
        self.assertEqual(sim(disk, "--seeds", "0..20", "--report", run).code, 0)
        page = holdfast("report", run, "--mutants", mutants, "--html", "-").stdout.decode()
        self.assertIn("<b>1/1</b><span>mutants killed</span>", page)
        self.assertIn("<td>refuse_invalid_tail</td>", page)
        self.assertEqual(Page(page).fetched, [])
        answer = holdfast("report", run, "--mutants", run, "--html", "-")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn('"mutants": a report that `mutants` wrote', answer.words)


if __name__ == "__main__":
    os.chdir(tap.root)
    tap.main()
