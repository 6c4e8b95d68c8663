#!/usr/bin/env python3
"""Devices and files that are not what they should be: a clear error with device, offset and field, and nothing written."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

import golden_sets
import tap
from golden_sets import GoldenSet, sha256_of
from holdfast import examine, holdfast, make_image, recover, write_volume_file

mebibyte = 1 << 20
superblock_at = 4096  # metadata 1.2

# Offset, size, a value that is wrong, the field's name.
wrong_fields = [
    (4, 4, 2, "major_version"), (8, 4, 1 << 20, "feature_map"), (12, 4, 1, "pad0"), (72, 4, 17, "level"),
    (76, 4, 99, "layout"), (80, 8, 1 << 60, "size"), (88, 4, 3, "chunk"), (92, 4, 1, "raid_disks"),
    (128, 8, 0, "data_offset"), (136, 8, 1, "data_size"), (144, 8, 9, "super_offset"),
    (220, 4, 5000, "max_dev"), (224, 1, 1, "pad3")]


def superblock_checksum(block):
    head = bytearray(block[:256])
    max_dev = struct.unpack_from("<I", head, 220)[0]
    words = bytearray(block[: 256 + 2 * min(max_dev, 1920)])
    struct.pack_into("<I", words, 216, 0)
    total = sum(struct.unpack_from(f"<{len(words) // 4}I", words))
    if len(words) % 4:
        total += struct.unpack_from("<H", words, len(words) - 2)[0]
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF


def patch(path, offset, content, fix_checksum=True):
    with open(path, "r+b") as file:
        file.seek(superblock_at)
        block = bytearray(file.read(4096))
        block[offset:offset + len(content)] = content
        if fix_checksum:
            struct.pack_into("<I", block, 216, superblock_checksum(block))
        file.seek(superblock_at)
        file.write(block)


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.golden_folder = tempfile.TemporaryDirectory(prefix="holdfast-golden-")
        cls.golden = GoldenSet(golden_sets.own / "layout-r6-ddf-nc", cls.golden_folder.name)  # 5 members, 1.2
        cls.other = GoldenSet(golden_sets.own / "layout-r5-ls", cls.golden_folder.name)       # 4 members, 1.0

    @classmethod
    def tearDownClass(cls):
        cls.golden_folder.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-bad-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)

    def copies(self, members):
        paths = []
        for number, member in enumerate(members):
            path = self.folder / f"copy{number}.img"
            subprocess.run(["cp", "--sparse=always", member, path], check=True)
            paths.append(str(path))
        return paths

    def expect_refusal(self, members, *words, code=1, options=()):
        """recover, with and without --read-only, says `words` and leaves every file as it is."""
        files = [member for member in members if os.path.isfile(member)]
        before = [(sha256_of(file), os.stat(file).st_mtime_ns) for file in files]
        for mode in ((), ("--read-only",)):
            export = self.folder / "never.img"
            answer = recover(*mode, *options, "--export", export, *members)
            self.assertEqual(answer.code, code, answer)
            for word in words:
                self.assertRegex(answer.words, word)
            self.assertIn("error", answer.json)
            self.assertEqual(list(self.folder.glob("never*")), [])
        self.assertEqual([(sha256_of(file), os.stat(file).st_mtime_ns) for file in files], before)

    def test_truncated_members(self):
        cases = {"half": (2560 * 1024 + 0, None, "data_size"), "one sector": (512, None, "no md superblock"),
                 "no superblock left": (4096, None, "no md superblock"),
                 "in mid-superblock": (4096 + 512, None, "no md superblock|superblock"),
                 "odd": (3 * mebibyte + 77, 2, "3145805 bytes: not a multiple of 512"),
                 "empty": (0, 2, "an empty file is no disk image")}
        for name, (size, code, words) in cases.items():
            with self.subTest(name):
                members = self.copies(self.golden.members)
                os.truncate(members[2], size)
                self.expect_refusal(members, rf"copy2\.img: .*({words})", code=code or 1)
                looked = examine(members[2])
                self.assertEqual(looked.code, code or 1, looked)

    def test_zeroed_superblock(self):
        members = self.copies(self.golden.members)
        with open(members[1], "r+b") as file:
            file.write(bytes(8192))
        self.expect_refusal(members, r"copy1\.img: no md superblock")
        self.assertEqual(examine(*members).code, 1)

    def test_a_wrong_bit_anywhere_in_the_superblock_is_noticed(self):
        """Every byte of the head once, each with another bit."""
        [member] = self.copies(self.golden.members[3:4])
        with open(member, "rb") as file:
            file.seek(superblock_at)
            block = file.read(256)
        for offset in range(4, 256):
            patch(member, offset, bytes([block[offset] ^ 1 << offset % 8]), fix_checksum=False)
            looked = examine(member)
            self.assertEqual(looked.code, 1, f"offset {offset}: {looked}")
            [superblock] = looked.json["devices"][0]["superblocks"]
            self.assertFalse(superblock["sound"])
            self.assertRegex(superblock["damage"], r"copy0\.img: offset 4[0-9]{3}, (sb_csum|major_version|max_dev): found")
            patch(member, offset, block[offset:offset + 1], fix_checksum=False)
        self.assertEqual(examine(member).code, 0)
        members = self.copies(self.golden.members)
        patch(members[4], 170, b"?", fix_checksum=False)
        self.expect_refusal(members, r"copy4\.img: offset 4312, sb_csum: found [0-9a-f]{8}, expected")

    def test_wrong_fields_under_a_right_checksum(self):
        for offset, size, value, field in wrong_fields:
            with self.subTest(field):
                members = self.copies(self.golden.members)
                patch(members[0], offset, value.to_bytes(size, "little"))
                self.expect_refusal(members, rf"copy0\.img: offset {superblock_at + offset}, {field}: found")
                looked = examine(*members)
                self.assertEqual(looked.code, 1, looked)
                self.assertRegex(looked.stdout.decode(), rf"copy0\.img: offset {superblock_at + offset}, {field}: found")

    def test_members_of_two_arrays(self):
        others = [str(self.folder / f"other{i}.img") for i in range(len(self.other.members))]
        for member, other in zip(self.other.members, others):
            shutil.copy(member, other)
        members = self.copies(self.golden.members)
        # Whoever is freshest is believed: here the other one, by its events.
        self.expect_refusal([*members[:4], others[1]], r"copy0\.img: offset 4112, set_uuid: found", r"compared with .*other1")
        looked = examine(*members[:4], others[1])
        self.assertEqual(len(looked.json["arrays"]), 2)
        self.assertEqual(looked.code, 0, "two arrays, each in itself without contradiction")

    def test_one_uuid_but_another_geometry(self):
        for offset, content, field in ((88, struct.pack("<I", 64), "chunk"), (76, struct.pack("<I", 8), "layout"),
                                       (92, struct.pack("<I", 6), "raid_disks")):
            with self.subTest(field):
                members = self.copies(self.golden.members)
                patch(members[2], offset, content)
                self.expect_refusal(members, rf"copy2\.img: offset {superblock_at + offset}, {field}: found")
                looked = examine(*members)
                self.assertEqual(looked.code, 1, looked)
                self.assertTrue(looked.json["arrays"][0]["contradictions"])

    def test_a_copy_of_a_member_beside_it(self):
        members = self.copies(self.golden.members)
        twin = str(self.folder / "twin.img")
        shutil.copy(members[3], twin)
        self.expect_refusal([*members, twin], r"role 3 .*(copy3|twin)\.img", r"copy of the other")
        looked = examine(*members, twin)
        self.assertEqual(looked.code, 1, looked)
        self.assertRegex(looked.json["arrays"][0]["contradictions"][0], "both hold role 3")

    def test_one_member_named_twice(self):
        members = self.copies(self.golden.members)
        self.expect_refusal([*members, members[0]], "named twice", code=2)
        link = self.folder / "link.img"
        link.symlink_to(members[0])
        self.expect_refusal([*members, str(link)], "one and the same device", code=2)

    def test_what_is_no_device(self):
        members = self.copies(self.golden.members)
        cases = {"a directory": str(self.folder), "a missing file": str(self.folder / "no.img"),
                 "a character device": "/dev/null"}
        for name, path in cases.items():
            with self.subTest(name):
                self.expect_refusal([*members[:4], path], re.escape(path) + ": (is a|No such file)", code=2)
                looked = examine(path)
                self.assertEqual(looked.code, 2, looked)

    def test_no_permission(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to become nobody")
        members = self.copies(self.golden.members)
        os.chmod(members[1], 0o600)
        answer = holdfast("recover", "--read-only", *members, user=65534, group=65534, extra_groups=[])
        if "can't execute" in answer.words:
            self.skipTest("nobody may not run the program here")
        self.assertEqual(answer.code, 2, answer)
        self.assertIn("copy1.img: can't be opened for reading: Permission denied", answer.words)

    def test_a_stale_member_is_left_out(self):
        members = [make_image(self.folder / f"m{i}.img", 8 * mebibyte) for i in range(3)]
        volume = write_volume_file(self.folder / "volume.json", members, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        shutil.copy(members[1], self.folder / "old.img")
        for _ in range(2):  # without it the array moves on
            os.rename(members[1], self.folder / "away.img")
            self.assertEqual(recover(volume).code, 0)
            os.rename(self.folder / "away.img", members[1])
        looked = examine(*members)
        self.assertEqual([role["state"] for role in looked.json["arrays"][0]["roles"]], ["active", "stale", "active"])
        self.assertTrue(looked.json["arrays"][0]["degraded"])
        before = sha256_of(members[1])
        answer = recover(volume)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(answer.json["missing"], [members[1]])
        self.assertRegex(answer.words, "m1 is stale and left out")
        self.assertEqual(sha256_of(members[1]), before)

    def test_dirty_and_degraded_needs_a_word(self):
        members = [make_image(self.folder / f"m{i}.img", 8 * mebibyte) for i in range(4)]
        volume = write_volume_file(self.folder / "volume.json", members, level=6, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 0)  # never resynced: dirty
        self.expect_refusal(members[1:], "not stopped cleanly", "write hole")
        opened = recover("--read-only", "--accept-write-hole", *members[1:])
        self.assertEqual(opened.code, 0, opened)
        self.assertRegex(opened.words, "blocks beside unfinished writes may be wrong")

    def test_a_member_that_was_not_named_is_missing_all_the_same(self):
        members = self.copies(self.golden.members)
        answer = recover("--read-only", *members[1:])
        self.assertEqual((answer.code, answer.json["missing"], answer.json["members_missing"]), (0, [], 1))
        told = holdfast("recover", "--read-only", *members).stdout.decode()
        self.assertIn("none of its members missing", told)
        told = holdfast("recover", *members[1:]).stdout.decode()
        self.assertRegex(told, r"^volume: degraded, and stopped cleanly\n.*, 1 of its members missing\n$")

    def test_read_only_resyncs_nothing(self):
        """The parity of a new array matches nothing: what resync corrects would all have to be kept in memory."""
        members = [make_image(self.folder / f"m{i}.img", 8 * mebibyte) for i in range(3)]
        for member in members:
            pathlib.Path(member).write_bytes(os.urandom(8 * mebibyte))
        volume = write_volume_file(self.folder / "volume.json", members, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 0)
        answer = recover("--read-only", "--progress=always", "--export", self.folder / "logical.img", *members)
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("export 100", answer.words)
        self.assertNotIn("resync", answer.words)

    def test_exports(self):
        members = self.copies(self.golden.members)
        expected = self.golden.expected_sha256()
        taken = self.folder / "taken.img"
        taken.write_text("mine")
        refused = recover("--read-only", "--export", taken, *members)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("exists already", refused.words)
        self.assertEqual(recover("--read-only", "--export", "", *members).code, 2, "asked for, so not left out")
        self.assertEqual(taken.read_text(), "mine")
        refused = recover("--read-only", "--export", self.folder / "no/such/folder.img", *members)
        self.assertEqual(refused.code, 2, refused)
        stream = self.folder / "stream.img"
        with open(stream, "wb") as into:
            done = subprocess.run([tap.program(), "recover", "--read-only", "--export", "-", *members], stdout=into,
                                  stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sha256_of(stream), expected)
        closed = subprocess.run(f"{tap.program()} recover --read-only --export - {' '.join(members)} | head -c 5000 | wc -c; "
                                "echo ${PIPESTATUS[0]}", shell=True, executable="/bin/bash", capture_output=True, text=True)
        self.assertEqual(closed.stdout.split(), ["5000", "1"])
        self.assertIn("stdout: can't be written", closed.stderr)

    def test_zeros_become_holes(self):
        members = [make_image(self.folder / f"m{i}.img", 8 * mebibyte) for i in range(3)]
        volume = write_volume_file(self.folder / "volume.json", members, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 0)
        image = self.folder / "logical.img"
        self.assertEqual(recover("--read-only", "--export", image, volume).code, 0)
        self.assertEqual(os.stat(image).st_size, examine(*members).json["arrays"][0]["array_sectors"] * 512)
        self.assertEqual(os.stat(image).st_blocks, 0)

    def test_a_full_disk_leaves_no_file(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a small file system")
        full = self.folder / "full"
        full.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", full], capture_output=True).returncode != 0:
            self.skipTest("can't mount here")
        self.addCleanup(subprocess.run, ["umount", full])
        answer = recover("--read-only", "--export", full / "logical.img", *self.golden.members)
        self.assertEqual(answer.code, 1, answer)
        self.assertRegex(answer.words, r"logical\.img: can't be written at byte \d+: No space left on device")
        self.assertEqual(os.listdir(full), [])

    def test_volume_files(self):
        cases = {"unknown key": ('{"schema": "holdfast.volume/1", "devices": {}, "volumes": {}}', "volumes"),
                 "a name that steers the terminal": ('{"schema": "holdfast.volume/1", "devices": {"\\u001b[2J": {}}}', "/devices/?[2j"),
                 "not JSON": ("{", "json"), "another schema": ('{"schema": "holdfast.volume/9"}', "schema")}
        for name, (text, words) in cases.items():
            with self.subTest(name):
                path = self.folder / "bad.json"
                path.write_text(text)
                for command in ("create", "recover"):
                    answer = holdfast(command, path)
                    self.assertEqual(answer.code, 2, answer)
                    self.assertIn("bad.json", answer.words)
                    self.assertIn(words, answer.words.lower())

    def test_a_volume_file_that_says_something_else(self):
        members = self.copies(self.golden.members)
        for section, word in (({"level": 5}, "level"), ({"level": 6, "chunk": "128KiB", "layout": "ddf-N-continue"}, "chunk"),
                              ({"level": 6, "chunk": "64KiB", "layout": "left-symmetric"}, "layout")):
            with self.subTest(word):
                volume = write_volume_file(self.folder / "volume.json", members, **section)
                answer = recover(volume)
                self.assertEqual(answer.code, 2, answer)
                self.assertIn(word, answer.words)

    def test_members_are_untouched(self):
        for golden in (self.golden, self.other):
            for member, disk in zip(golden.members, golden.manifest["disks"]):
                self.assertEqual(sha256_of(member), disk["sha256"])


if __name__ == "__main__":
    tap.main()
