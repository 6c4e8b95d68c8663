#!/usr/bin/env python3
"""Arrays that Linux wrote, in every layout: examined, recovered read-only, whole and with every loss they survive."""

import itertools
import os
import random
import tempfile
import unittest

import golden_sets
import tap
from golden_sets import GoldenSet, sha256_of
from holdfast import examine, first_number, mdadm_examine, recover


class GoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="holdfast-golden-")
        folders, cls.remark = golden_sets.layout_sets()
        cls.sets = [GoldenSet(folder, cls.folder.name) for folder in folders]
        cls.stamps = {member: os.stat(member) for golden in cls.sets for member in golden.members}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_all_layouts_are_here(self):
        if self.remark:
            self.skipTest(self.remark)
        self.assertGreaterEqual(len(self.sets), 19)

    def test_own_sets_are_here(self):
        self.assertEqual(len(list(golden_sets.own.glob("layout-*/manifest.json"))), 2)

    def test_examine_says_what_the_manifest_says(self):
        for golden in self.sets:
            with self.subTest(golden.name):
                self.check_examination(golden)

    def check_examination(self, golden):
        manifest = golden.manifest
        answer = examine(*golden.members)
        self.assertEqual(answer.code, 0, answer)
        [array] = answer.json["arrays"]
        self.assertEqual(array["level"], manifest["level"])
        self.assertEqual(array["raid_disks"], manifest["members"])
        self.assertEqual(array["chunk_bytes"], manifest["chunk_kib"] * 1024)
        self.assertEqual(array["layout_number"], manifest["layout_number"])
        if manifest["layout"] != "none":
            self.assertEqual(array["layout"].lower(), manifest["layout"].lower())
        self.assertEqual(array["array_sectors"], manifest["logical_blocks_4k"] * 8)
        self.assertEqual(array["uuid"], golden.detail("UUID"))
        self.assertEqual(array["name"], golden.detail("Name"))
        # The manifest's is from the running array; its clean stop was one event more.
        self.assertEqual(array["events"], int(golden.detail("Events")) + 1)
        self.assertTrue(array["state"]["clean"])
        self.assertTrue(array["assembles"])
        self.assertFalse(array["degraded"])
        self.assertEqual([role["path"] for role in array["roles"]], golden.members)
        self.assertEqual({role["state"] for role in array["roles"]}, {"active"})
        for device in answer.json["devices"]:
            [superblock] = device["superblocks"]
            self.assertEqual(superblock["metadata"], manifest["metadata"])

    def test_examine_agrees_with_mdadm(self):
        for golden in self.sets:
            for member in golden.members:
                with self.subTest(os.path.basename(member)):
                    self.check_against_mdadm(member)

    def check_against_mdadm(self, member):
        theirs = mdadm_examine(member)
        ours = examine(member).json["devices"][0]["superblocks"][0]
        self.assertEqual(ours["array"]["uuid"], theirs["Array UUID"])
        self.assertEqual(ours["array"]["name"], theirs["Name"].split(" ")[0])
        self.assertEqual(f"raid{ours['array']['level']}", theirs["Raid Level"])
        self.assertEqual(ours["array"]["raid_disks"], int(theirs["Raid Devices"]))
        self.assertEqual(ours["array"]["member_sectors"],
                         first_number(theirs.get("Used Dev Size", theirs["Avail Dev Size"])))
        self.assertEqual(ours["array"]["chunk_bytes"], first_number(theirs["Chunk Size"]) * 1024)
        self.assertEqual(ours["device_uuid"], theirs["Device UUID"])
        self.assertEqual(ours["data_sectors"], first_number(theirs["Avail Dev Size"]))
        self.assertEqual(ours["data_sector"], first_number(theirs.get("Data Offset", "0")))
        self.assertEqual(ours["sector"], first_number(theirs["Super Offset"]))
        self.assertEqual(ours["events"], int(theirs["Events"]))
        self.assertEqual(ours["role"].lower(), theirs["Device Role"].lower())
        self.assertEqual(ours["state"]["clean"], theirs["State"] == "clean")

    def test_recovered_content_is_what_linux_wrote(self):
        for golden in self.sets:
            expected = golden.expected_sha256()
            everyone = range(len(golden.members))
            for lost_count in range(golden.parity_disks + 1):
                for lost in itertools.combinations(everyone, lost_count):
                    with self.subTest(golden.name, lost=lost):
                        self.check_recovery(golden, lost, expected)

    def check_recovery(self, golden, lost, expected):
        members = [member for role, member in enumerate(golden.members) if role not in lost]
        random.Random(golden.name).shuffle(members)
        image = os.path.join(self.folder.name, "logical.img")
        answer = recover("--read-only", "--export", image, *members)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(sha256_of(image), expected)
        os.unlink(image)

    def test_one_loss_too_many_is_refused(self):
        for golden in self.sets:
            with self.subTest(golden.name):
                image = os.path.join(self.folder.name, "never.img")
                answer = recover("--read-only", "--export", image, *golden.members[golden.parity_disks + 1:])
                self.assertEqual(answer.code, 1, answer)
                self.assertIn("missing", answer.words)
                self.assertFalse(os.path.exists(image))

    def test_zz_members_are_untouched(self):
        for golden in self.sets:
            for member, disk in zip(golden.members, golden.manifest["disks"]):
                self.assertEqual(sha256_of(member), disk["sha256"], member)
                self.assertEqual(os.stat(member).st_mtime_ns, self.stamps[member].st_mtime_ns, member)


if __name__ == "__main__":
    tap.main()
