#!/usr/bin/env python3
"""Arrays with a write journal that Linux left behind, most of them in mid-load: recovered, they hold what Linux recovers."""

import itertools
import os
import random
import subprocess
import tempfile
import unittest

import golden_sets
import tap
from golden_sets import JournaledSet, sha256_of
from holdfast import examine, holdfast, mdadm_examine, recover, write_volume_file


class GoldenJournalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="holdfast-golden-")
        folders, cls.remark = golden_sets.journal_sets()
        cls.sets = [JournaledSet(folder, cls.folder.name) for folder in folders]
        cls.stamps = {path: os.stat(path) for golden in cls.sets for path in golden.checksums}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def copies(self, paths):
        made = []
        for number, path in enumerate(paths):
            made.append(self.path(f"copy{number}.img"))
            subprocess.run(["cp", "--sparse=always", path, made[-1]], check=True)
        return made

    def export(self, golden, *arguments):
        """What the volume holds, judged; the file is gone afterwards."""
        image = self.path("logical.img")
        answer = recover("--export", image, *arguments)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(golden.complaint(image), "")
        os.unlink(image)
        return answer

    def check_untouched(self, golden):
        for path, checksum in golden.checksums.items():
            self.assertEqual(sha256_of(path), checksum, path)
            self.assertEqual(os.stat(path).st_mtime_ns, self.stamps[path].st_mtime_ns, path)

    def test_all_sets_are_here(self):
        if self.remark:
            self.skipTest(self.remark)
        self.assertGreaterEqual(len(self.sets), 5)

    def test_own_set_is_here(self):
        with tempfile.TemporaryDirectory() as folder:
            own = JournaledSet(golden_sets.own / "md-r6-wt-kill", folder)
        self.assertEqual((len(own.members), own.level), (6, 6))

    def test_read_only_whole_and_with_every_loss(self):
        for golden in self.sets:
            everyone = range(len(golden.members))
            for lost_count in range(golden.parity_disks + 1):
                for lost in itertools.combinations(everyone, lost_count):
                    with self.subTest(golden.name, lost=lost):
                        devices = [path for role, path in enumerate(golden.members) if role not in lost] + [golden.journal]
                        random.Random(golden.name).shuffle(devices)
                        self.export(golden, "--read-only", *devices)
            with self.subTest(golden.name, untouched=True):
                self.check_untouched(golden)

    def test_for_good_on_copies(self):
        for golden in self.sets:
            with self.subTest(golden.name):
                self.check_recovery(golden, self.copies([*golden.members, golden.journal]))
            with self.subTest(golden.name, lost=(0,)):
                self.check_recovery(golden, self.copies([*golden.members[1:], golden.journal]))

    def check_recovery(self, golden, devices):
        answer = self.export(golden, *devices)
        self.assertTrue(answer.json["settled"] and answer.json["stopped"], answer)
        for device in devices:
            self.assertRegex(mdadm_examine(device)["Checksum"], r"^[0-9a-f]+ - correct$")
        self.assertEqual(mdadm_examine(devices[-1])["Device Role"], "Journal")
        looked = examine(*devices)
        self.assertEqual(looked.code, 0, looked)
        [array] = looked.json["arrays"]
        self.assertTrue(array["assembles"] and array["state"]["clean"], looked)
        journal = looked.json["devices"][-1]["superblocks"][0]["journal"]
        self.assertEqual((journal["intact_units"], journal["data_records"], journal["tail"] + 8), (1, 0, journal["end"]["sector"]),
                         "one empty unit is what recovery leaves")
        self.export(golden, "--read-only", *devices)

    def test_examine_shows_the_journal(self):
        for golden in self.sets:
            with self.subTest(golden.name):
                alone = holdfast("examine", "--output-format=json", "--journal=records", golden.journal)
                self.assertEqual(alone.code, 0, alone)
                journal = alone.json["devices"][0]["superblocks"][0]["journal"]
                self.assertTrue(journal["sound"] and journal["lists_all_units"])
                self.assertEqual({unit["state"] for unit in journal["units"]}, {"intact"})
                records = [record for unit in journal["units"] for record in unit["records"]]
                self.assertEqual([record["kind"] for record in records].count("data"), journal["data_records"])
                self.assertEqual({page["state"] for record in records for page in record.get("pages", [])}, {"ok"})
                report = self.path("report.json")
                with open(report, "wb") as file:
                    file.write(alone.stdout)
                self.assertEqual(holdfast("check-file", report).code, 0)
                together = examine(*golden.members, golden.journal)
                self.assertEqual(together.code, 0, together)
                self.assertEqual([other["state"] for other in together.json["arrays"][0]["others"]], ["journal"])
                self.assertTrue(together.json["arrays"][0]["assembles"])

    def test_views(self):
        [golden] = [one for one in self.sets if one.name == "md-r6-wt-kill"]
        texts = {view: holdfast("examine", f"--journal={view}", golden.journal).stdout.decode()
                 for view in ("none", "summary", "records", "auto")}
        self.assertNotIn("ring of", texts["none"])
        self.assertIn("shown only by --journal records", texts["summary"])
        self.assertNotIn("array sector", texts["summary"])
        self.assertEqual(texts["auto"], texts["records"], "a short log")
        self.assertRegex(texts["records"], r"data     array sector \d+, stripe \d+, role \d: ok\n")
        markdown = holdfast("examine", "--output-format=markdown", "--journal=records", golden.journal).stdout.decode()
        self.assertEqual(markdown, "```\n" + texts["records"] + "```\n")

    def test_without_the_journal(self):
        for golden in self.sets:
            with self.subTest(golden.name):
                image = self.path("never.img")
                for mode in ((), ("--read-only",)):
                    answer = recover(*mode, "--export", image, *golden.members)
                    self.assertEqual(answer.code, 1, answer)
                    self.assertIn("the array's write journal is missing: acknowledged writes", answer.words)
                    self.assertFalse(os.path.exists(image))
                self.assertIn("write journal is missing", examine(*golden.members).json["arrays"][0]["why_not"])
                self.check_untouched(golden)

    def check_loss_is_told(self, answer):
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("acknowledged writes since the journal's last checkpoint may be missing or torn", answer.words)
        self.assertTrue(any("may be missing or torn" in note for note in answer.json["notes"]))

    def test_a_lost_journal_is_accepted_explicitly(self):
        for golden in self.sets:
            with self.subTest(golden.name, how="volume file"):
                members = self.copies(golden.members)
                volume = write_volume_file(self.path("volume.json"), members, level=golden.level, chunk=f"{golden.manifest['geometry']['chunk_kib']}KiB",
                                           accept_lost_journal=True)
                self.check_loss_is_told(recover("--read-only", volume))
            with self.subTest(golden.name, how="command line"):
                image = self.path("logical.img")
                self.check_loss_is_told(recover("--accept-lost-journal", "--export", image, *members))
                if golden.name.endswith("-clean"):  # nothing stood only in the journal
                    self.assertEqual(golden.complaint(image), "")
                content = sha256_of(image)
                os.unlink(image)
                [array] = examine(*members).json["arrays"]
                self.assertTrue(array["assembles"] and array["state"]["clean"])
                for member in members:
                    self.assertEqual(mdadm_examine(member)["Feature Map"], "0x0")
                again = recover("--read-only", "--export", image, *members)
                self.assertEqual(again.code, 0, "an array without a journal from now on")
                self.assertEqual(sha256_of(image), content)
                os.unlink(image)
            with self.subTest(golden.name, how="accepted, but it is there"):
                self.export(golden, "--read-only", "--accept-lost-journal", *golden.members, golden.journal)


if __name__ == "__main__":
    tap.main()
