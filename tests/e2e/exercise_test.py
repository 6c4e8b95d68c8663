#!/usr/bin/env python3
"""A real volume whose engine is killed again and again: what holds is said to hold, and what doesn't is found."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

import tap
from golden_sets import sha256_of
from holdfast import examine, holdfast, make_image, recover, write_volume_file
from loop_devices import LoopDevices

mebibyte = 1 << 20
# One write after the other, and a rest behind each: what a device holds back, it still holds back when the kill comes.
one_by_one = [word for setting in ("swarm=false", "depth=1", "reads=0", "flushes=0", "fua=0", "preflush=0", "pauses=1", "pause_max=50ms")
              for word in ("--set", f"workload.{setting}")]
short_kills = ("--kill-after", "150ms", "--span", "4MiB")
kills_amid_rests = ("--kill-after", "400ms", "--kills", 15, "--span", "4MiB", *one_by_one)


def exercise(volume, *arguments):
    return holdfast("exercise", "--output-format=json", volume, *arguments)


def engine_of(judge):
    """The process that holds the engine; None while there is none."""
    children = pathlib.Path(f"/proc/{judge.pid}/task/{judge.pid}/children").read_text().split()
    return int(children[0]) if children else None


class ExerciseTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-exercise-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def images(self, count):
        return [make_image(self.folder / f"m{i}.img", 16 * mebibyte) for i in range(count)]

    def array(self, members, **options):
        volume = write_volume_file(self.folder / "array.json", members, chunk="16KiB", **options)
        created = holdfast("create", volume)
        self.assertEqual(created.code, 0, created)
        return volume

    def array_with_journal(self, members):
        return self.array(members[:-1], journal=members[-1])

    def bare(self):
        image = make_image(self.folder / "bare.img", 4 * mebibyte)
        path = self.folder / "bare.json"
        path.write_text(json.dumps({"schema": "holdfast.volume/1", "devices": {"d": {"path": image}},
                                    "volume": {"type": "bare", "device": "d"}}))
        return path

    def check_held(self, answer, kills):
        self.assertEqual(answer.code, 0, answer)
        report = answer.json
        self.assertEqual(report["outcome"], "held")
        self.assertEqual(report["violations"], [])
        self.assertEqual(report["counts"]["kills"], kills)
        self.assertEqual(report["counts"]["clean_stops"], 2)
        self.assertGreaterEqual(len(report["opens"]) + report["counts"]["kills_in_recovery"], kills + 2)
        self.assertGreater(report["looked_at"]["blocks"], 0)
        self.assertGreater(report["counts"]["writes"], 0)
        self.assertEqual(report["looked_at"]["write_hole_blocks"], 0)
        return report

    def check_clean(self, members):
        for device in examine(*members).json["devices"]:
            self.assertEqual(device["superblocks"][0]["state"]["clean"], True, device["path"])

    def start(self, *arguments):
        judge = subprocess.Popen([tap.program(), "exercise", "--output-format=json", *map(str, arguments)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(judge.stdout.close)
        self.addCleanup(judge.stderr.close)
        self.addCleanup(judge.kill)
        return judge

    def end(self, judge):
        stdout, stderr = judge.communicate(timeout=100)
        return judge.returncode, json.loads(stdout), stderr.decode()

    def wait_for_work(self, judge, member):
        """Until the engine's process stands and has written something."""
        before = os.stat(member).st_mtime_ns
        for _ in range(2000):
            if engine_of(judge) and os.stat(member).st_mtime_ns != before:
                return engine_of(judge)
            time.sleep(0.01)
        self.fail("no engine has begun to work")

    def test_an_array_with_a_journal_keeps_what_it_acked(self):
        members = self.images(5)
        volume = self.array_with_journal(members)
        for way in ("uring", "threads"):
            with self.subTest(way):
                answer = exercise(volume, "--overwrite", "--kills", 5, "--seed", 7, f"--io={way}", *short_kills)
                if answer.code == 77:
                    self.skipTest(answer.words.strip())
                report = self.check_held(answer, 5)
                self.assertGreater(report["looked_at"]["stripes"], 0)
                marks = {mark["name"]: mark["lives"] for mark in report["marks"]}
                self.assertGreater(marks["raid.journal_replayed"], 0)
        self.check_clean(members[:-1])

    def test_arrays_without_a_journal(self):
        for level, count in ((5, 4), (6, 5)):
            with self.subTest(level):
                for image in self.folder.glob("*.img"):
                    image.unlink()
                volume = self.array(self.images(count), level=level)
                report = self.check_held(exercise(volume, "--overwrite", "--kills", 4, "--seed", 3, *short_kills), 4)
                self.assertGreater(report["looked_at"]["views"], 4)

    def test_a_bare_device(self):
        report = self.check_held(exercise(self.bare(), "--overwrite", "--kills", 4, *short_kills), 4)
        self.assertEqual(report["bytes_exercised"], 4 * mebibyte)

    def test_loop_devices(self):
        loops = LoopDevices()
        self.addCleanup(loops.detach_all)
        volume = self.array_with_journal([loops.attach(image) for image in self.images(5)])
        self.check_held(exercise(volume, "--overwrite", "--kills", 3, *short_kills), 3)

    def test_without_kills_clients_work_and_the_volume_is_stopped(self):
        members = self.images(4)
        volume = self.array(members)
        answer = exercise(volume, "--overwrite", "--operations", 500, "--duration", "60s", "--span", "4MiB",
                          "--set", "workload.swarm=false", "--set", "workload.reads=0.5")
        report = self.check_held(answer, 0)
        counts = report["counts"]
        self.assertEqual(counts["reads"] + counts["writes"] + counts["flushes"], 500)
        self.assertGreater(counts["reads"], 150)
        self.check_clean(members)

    def record(self, volume, *arguments):
        path = self.folder / "run.recording"
        answer = exercise(volume, "--overwrite", "--record", path, "--operations", 40, *arguments)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(answer.json["recording"]["client_requests"], 40)
        return path

    def explore(self, recording, *arguments):
        return holdfast("explore", "--output-format=json", recording, *arguments)

    def test_a_recorded_run_is_explored(self):
        members = [make_image(self.folder / f"m{i}.img", mebibyte) for i in range(5)]
        recording = self.record(self.array_with_journal(members))
        answer = self.explore(recording)
        self.assertEqual(answer.code, 0, answer)
        one = answer.json["scenarios"][0]
        self.assertTrue(one["scope"]["recorded"])
        self.assertGreater(one["crash_points"], 10)
        self.assertGreater(one["judged"], one["crash_points"])
        self.assertEqual(self.explore(recording).json["scenarios"][0]["hash"], one["hash"])
        self.assertEqual(self.explore(recording, "--arrivals", 2).code, 2)
        broken = self.explore(recording, "--rule", "verify_page_checksums=false")
        self.assertEqual(broken.code, 1, broken)

    def test_a_recording_shows_what_a_kill_can_not(self):
        """A flush that never reaches the log: the page cache outlives every kill, and no power cut."""
        members = [make_image(self.folder / f"m{i}.img", mebibyte) for i in range(5)]
        recording = self.record(self.array_with_journal(members), "--sabotage", "j=drop_flush")
        answer = self.explore(recording)
        self.assertEqual(answer.code, 1, answer)
        finding = answer.json["scenarios"][0]["findings"][0]
        self.assertEqual(finding["verdict"], "lost_durable")
        self.assertIn("run.recording", finding["repro"])

    def test_a_damaged_recording_is_refused(self):
        recording = self.record(self.bare())
        whole = recording.read_bytes()
        self.assertEqual(holdfast("check-file", recording).code, 0)
        recording.write_bytes(whole[:-5])
        answer = self.explore(recording)
        self.assertEqual(answer.code, 2, answer)
        self.assertEqual(holdfast("check-file", recording).code, 2)
        self.assertRegex(answer.words, r"byte \d+: .*cut off.*record it anew")

    def test_what_can_not_be_recorded(self):
        volume = self.array([make_image(self.folder / f"m{i}.img", 100 * mebibyte) for i in range(3)])
        path = self.folder / "run.recording"
        answer = exercise(volume, "--overwrite", "--record", path)
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("300MiB", answer.words)
        self.assertEqual(exercise(self.bare(), "--overwrite", "--record", path, "--kill-after", "1s").code, 2)
        self.assertEqual(exercise(self.bare(), "--overwrite", "--record", path, "--operations", 3000).code, 2)
        self.assertEqual(exercise(self.bare(), "--overwrite", "--record", self.folder / "no" / "where").code, 3)
        odd = self.bare()
        (self.folder / "bare.img").write_bytes(bytes(mebibyte + 512))
        answer = exercise(odd, "--overwrite", "--record", path)
        self.assertEqual((answer.code, "recording" in answer.json), (2, False), answer)
        self.assertIn("expected a multiple of 4KiB", answer.words)
        self.assertFalse(path.exists())

    def test_a_recording_takes_no_other_files_place(self):
        members = [make_image(self.folder / f"m{i}.img", mebibyte) for i in range(3)]
        volume = self.array(members)
        before = sha256_of(members[0])
        for path in (members[0], volume, "/dev/null", self.folder):
            answer = exercise(volume, "--overwrite", "--record", path, "--operations", 12)
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("is no recording", answer.words)
        self.assertEqual(sha256_of(members[0]), before)
        self.record(volume)
        self.record(volume)

    def test_the_workload_of_a_scenario(self):
        scenario = tap.root / "scenarios/raid/sub_block_overlapping_writes.json"
        answer = exercise(self.array(self.images(4)), "--overwrite", "--workload", scenario, "--kills", 2, *short_kills)
        self.check_held(answer, 2)

    def test_an_early_ack_is_found_by_a_kill(self):
        """A member acks what it has not written: an acked write is gone, or parity doesn't match."""
        volume = self.array(self.images(4))
        answer = exercise(volume, "--overwrite", "--sabotage", "m1=ack_early", *kills_amid_rests)
        self.assertEqual(answer.code, 1, answer)
        verdicts = {finding["verdict"] for finding in answer.json["violations"]}
        self.assertTrue(verdicts & {"lost_durable", "torn", "parity_mismatch"}, answer)
        self.assertGreater(max(finding["kills"] for finding in answer.json["violations"]), 0)
        self.assertIn("--sabotage m1=ack_early", answer.json["repro"])

    def test_an_early_ack_of_a_bare_device_is_a_lost_write(self):
        answer = exercise(self.bare(), "--overwrite", "--sabotage", "d=ack_early", *kills_amid_rests)
        self.assertEqual(answer.code, 1, answer)
        finding = answer.json["violations"][0]
        self.assertEqual((finding["verdict"], finding["rule"]), ("lost_durable", "R1"))
        self.assertRegex(finding["story"], r"must be there: .*host crash")

    def test_wrong_places_and_old_data_are_found_without_a_kill(self):
        for what in ("misdirect_write", "stale_read"):
            with self.subTest(what):
                answer = exercise(self.bare(), "--overwrite", "--duration", "2s", "--sabotage", f"d={what}")
                self.assertEqual(answer.code, 1, answer)

    def test_a_broken_rule_is_found(self):
        """Parity made too early, then a clean stop: no resync makes it good before the members are looked at."""
        answer = exercise(self.array(self.images(4)), "--overwrite", "--operations", 500, "--duration", "60s",
                          "--span", "4MiB", "--set", "workload.swarm=false", "--rule", "compute_parity_after_fill=false")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("parity_mismatch", {finding["verdict"] for finding in answer.json["violations"]})

    def test_a_device_that_fails_is_a_finding(self):
        members = self.images(5)
        judge = self.start(self.array(members, level=6), "--overwrite", "--duration", "60s", "--span", "4MiB")
        self.wait_for_work(judge, members[2])
        os.truncate(members[2], mebibyte)
        time.sleep(1)
        judge.send_signal(signal.SIGINT)
        code, report, words = self.end(judge)
        self.assertEqual(code, 1, words)
        stories = " ".join(finding["story"] for finding in report["violations"])
        self.assertRegex(stories, r"device m2 \(.*m2\.img\): (read|write|flush).* ended with '.*' at byte \d+")

    def test_an_interruption_stops_the_volume_cleanly(self):
        members = self.images(4)
        volume = self.array(members)
        self.assertEqual(recover(volume).code, 0, "else resync is interrupted, too, and goes on at the next start")
        judge = self.start(volume, "--overwrite", "--duration", "60s", "--span", "4MiB")
        self.wait_for_work(judge, members[0])
        judge.send_signal(signal.SIGINT)
        code, report, words = self.end(judge)
        self.assertEqual((code, report["outcome"]), (3, "interrupted"), words)
        self.assertEqual(report["counts"]["clean_stops"], 1)
        self.assertEqual(report["violations"], [])
        self.check_clean(members)

    def test_an_engine_that_dies_by_itself_fails_the_harness(self):
        members = self.images(4)
        volume = self.array(members)
        judge = self.start(volume, "--overwrite", "--duration", "60s", "--span", "4MiB")
        os.kill(self.wait_for_work(judge, members[0]), signal.SIGKILL)
        code, report, words = self.end(judge)
        self.assertEqual((code, report["outcome"]), (3, "failed"), words)
        self.assertIn("ended by itself by signal 9", report["error"])
        # What is left is a volume after a crash: recovered first.
        self.check_held(exercise(volume, "--overwrite", "--kills", 1, *short_kills), 1)

    def test_an_engine_that_crashes_is_a_violation(self):
        members = self.images(4)
        judge = self.start(self.array(members), "--overwrite", "--duration", "60s", "--span", "4MiB")
        os.kill(self.wait_for_work(judge, members[0]), signal.SIGABRT)
        code, report, words = self.end(judge)
        self.assertEqual((code, report["outcome"]), (1, "violated"), words)
        self.assertIn("by signal 6", report["error"])

    def test_a_signal_to_engine_and_judge_stops_the_volume_cleanly(self):
        members = self.images(4)
        volume = self.array(members)
        self.assertEqual(recover(volume).code, 0)
        judge = self.start(volume, "--overwrite", "--duration", "60s", "--span", "4MiB")
        os.kill(self.wait_for_work(judge, members[0]), signal.SIGTERM)
        judge.send_signal(signal.SIGTERM)
        code, report, words = self.end(judge)
        self.assertEqual((code, report["outcome"]), (3, "interrupted"), words)
        self.assertEqual(report["counts"]["clean_stops"], 1)
        self.check_clean(members)

    def test_a_signal_to_the_engine_alone_is_not_held(self):
        members = self.images(4)
        judge = self.start(self.array(members), "--overwrite", "--duration", "60s", "--span", "4MiB")
        os.kill(self.wait_for_work(judge, members[0]), signal.SIGTERM)
        code, report, words = self.end(judge)
        self.assertEqual((code, report["outcome"]), (3, "failed"), words)
        self.assertIn("somebody else", report["error"])

    def test_kills_amid_reads_alone_show_nothing(self):
        only_reads = [word for setting in ("swarm=false", "reads=1", "discards=0", "write_zeroes=0", "flushes=0")
                      for word in ("--set", f"workload.{setting}")]
        answer = exercise(self.bare(), "--overwrite", "--kill-after", "50ms", "--kills", 2, *only_reads)
        self.assertEqual((answer.code, answer.json["outcome"]), (3, "vacuous"), answer)
        self.assertIn("no write was acknowledged", answer.json["error"])

    def test_a_journal_that_fails_is_the_finding_and_not_what_follows(self):
        loops = LoopDevices()
        self.addCleanup(loops.detach_all)
        members = self.images(5)
        journal = loops.attach(members[4])
        volume = self.array_with_journal(members[:4] + [journal])
        judge = self.start(volume, "--overwrite", "--duration", "60s", "--span", "4MiB")
        self.wait_for_work(judge, members[0])
        subprocess.run(["blockdev", "--setro", journal], check=True)
        time.sleep(1)
        judge.send_signal(signal.SIGINT)
        code, report, words = self.end(judge)
        subprocess.run(["blockdev", "--setrw", journal], check=True)
        self.assertEqual(code, 1, words)
        for finding in report["violations"]:
            self.assertRegex(finding["story"], r"^device j \(")
        self.assertGreater(report["counts"]["errors_after_failure"], 0)
        self.assertEqual(report["missing"], ["j"])
        answer = exercise(volume, "--overwrite", "--duration", "300ms", "--span", "4MiB")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("takes no writes", answer.json["error"])

    def test_an_engine_does_not_outlive_its_judge(self):
        members = self.images(4)
        judge = self.start(self.array(members), "--overwrite", "--duration", "60s", "--span", "4MiB")
        engine = self.wait_for_work(judge, members[0])
        judge.kill()
        judge.wait()
        for _ in range(500):
            try:
                state = pathlib.Path(f"/proc/{engine}/stat").read_text().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                return
            if state == "Z":
                return
            time.sleep(0.01)
        self.fail("the engine is still there")

    def test_what_stands_there_is_not_overwritten_unasked(self):
        members = self.images(4)
        volume = self.array(members)
        before = [sha256_of(member) for member in members]
        for arguments in ((), ("--kills", 2, *short_kills)):
            answer = exercise(volume, *arguments)
            self.assertEqual(answer.code, 2, answer)
            self.assertRegex(answer.words, r"overwrites what stands on this volume.*--overwrite")
            self.assertEqual(answer.stdout, b"")
        self.assertEqual([sha256_of(member) for member in members], before)

    def test_what_can_not_be_exercised(self):
        members = self.images(4)
        volume = write_volume_file(self.folder / "array.json", members, chunk="16KiB")
        no_array = exercise(volume, "--overwrite")
        self.assertEqual(no_array.code, 2, no_array)
        self.assertIn("make one first: create", no_array.words)
        self.assertEqual(holdfast("create", volume).code, 0)
        for arguments, words in (
                (("--rule", "resinc=false"), "no rule \"resinc\""),
                (("--sabotage", "m9=ack_early"), '"m9" is no device of the volume'),
                (("--sabotage", "m0=arson"), 'nobody knows the sabotage "arson"'),
                (("--sabotage", "m0=drop_flush:0"), "each N-th request"),
                (("--sabotage", "m0"), "expected DEVICE=WHAT"),
                (("--sabotage", "volume=drop_flush"), "only devices are sabotaged here"),
                (("--kill-after", "2"), "expected a duration"),
                (("--kills", "2"), "--kill-after"),
                (("--span", "1B"), "expected a size"),
                (("--seed", "x"), "expected a number"),
                (("--set", "workload.dept=3"), "depth"),
                (("--set", "volume.level=6"), "volume"),
                (("--workload", self.folder / "nowhere.json"), "nowhere.json")):
            with self.subTest(arguments):
                answer = exercise(volume, "--overwrite", *arguments)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(words, answer.words)

    def test_a_degraded_array_without_a_journal_is_not_killed(self):
        members = self.images(4)
        volume = self.array(members)
        self.assertEqual(recover(volume).code, 0)
        os.unlink(members[1])
        self.assertEqual(recover(volume).code, 0)
        answer = exercise(volume, "--overwrite", "--kills", 2, *short_kills)
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("degraded and has no journal", answer.words)
        report = self.check_held(exercise(volume, "--overwrite", "--duration", "300ms", "--span", "4MiB"), 0)
        self.assertEqual(len(report["devices"]), 4)

    def test_a_volume_in_use_is_left_alone(self):
        volume = self.bare()
        judge = self.start(volume, "--overwrite", "--duration", "60s")
        self.wait_for_work(judge, self.folder / "bare.img")
        answer = exercise(volume, "--overwrite", "--duration", "1s")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("in use", answer.words)
        judge.send_signal(signal.SIGINT)
        self.assertEqual(self.end(judge)[0], 3)

    def test_a_report_in_every_format(self):
        volume = self.bare()
        text = holdfast("exercise", volume, "--overwrite", "--duration", "200ms", "--seed", 5)
        self.assertEqual(text.code, 0, text)
        self.assertRegex(text.stdout.decode(), r"^\S+bare\.json   0 kills \(0 inside recovery\)   \d+\.\d s   held\n")
        self.assertRegex(text.stdout.decode(), r"  repro: \./run exercise \S+ --overwrite --duration 200ms .*--seed 0x5\n$")
        markdown = holdfast("exercise", "--output-format=markdown", volume, "--overwrite", "--duration", "200ms")
        self.assertRegex(markdown.stdout.decode(), r"\| held \| 0 \| 0 \|")
        self.assertTrue(re.search(r'"exercise"', holdfast("schema", "report").stdout.decode()))


if __name__ == "__main__":
    tap.main()
