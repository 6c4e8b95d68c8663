#!/usr/bin/env python3
"""Both ways to the devices, --io uring and --io threads, do the same; where io_uring is refused, threads take over."""

import ctypes
import os
import pathlib
import struct
import tempfile
import unittest

import golden_sets
import tap
from golden_sets import GoldenSet, sha256_of
from holdfast import examine, holdfast, make_image, recover, write_volume_file

mebibyte = 1 << 20
io_uring_setup = 425  # on every machine


def refuse_io_uring():
    """What a container does, for this process and those that it starts: io_uring_setup answers EPERM."""
    libc = ctypes.CDLL(None, use_errno=True)
    load, jump_if_equal, ret = 0x20, 0x15, 0x06
    error, allow = 0x00050000 | 1, 0x7FFF0000
    program = [(load, 0, 0, 0), (jump_if_equal, 0, 1, io_uring_setup), (ret, 0, 0, error), (ret, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in program))
    filters = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code)))
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, by_filter, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


class IoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-io-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def needs_io_uring(self):
        answer = holdfast("examine", "--io=uring", make_image(self.folder / "try.img", mebibyte))
        if answer.code == 77:
            self.skipTest(answer.words.strip())

    def test_an_array_is_read_the_same_both_ways(self):
        self.needs_io_uring()
        golden = GoldenSet(golden_sets.own / "layout-r6-ddf-nc", self.folder)
        for way in ("uring", "threads"):
            with self.subTest(way):
                export = self.folder / f"{way}.img"
                answer = recover(f"--io={way}", "--read-only", "--export", export, *golden.members)
                self.assertEqual(answer.code, 0, answer)
                self.assertNotIn("by threads", answer.words)
                self.assertEqual(sha256_of(export), golden.expected_sha256())

    def test_an_array_made_one_way_is_resynced_and_read_the_other(self):
        self.needs_io_uring()
        for one, other in (("uring", "threads"), ("threads", "uring")):
            with self.subTest(one):
                members = [make_image(self.folder / f"{one}{i}.img", 16 * mebibyte) for i in range(4)]
                for member in members:  # so that resync has something to write
                    with open(member, "r+b") as file:
                        file.seek(2 * mebibyte)
                        file.write(os.urandom(mebibyte))
                volume = write_volume_file(self.folder / f"{one}.json", members)
                made = holdfast("create", f"--io={one}", volume)
                self.assertEqual(made.code, 0, made)
                resynced = recover(f"--io={other}", volume)
                self.assertEqual(resynced.code, 0, resynced)
                export = self.folder / f"{one}-export.img"
                contents = set()
                for way in (one, other):
                    for missing in range(5):  # 4: none
                        left = members[:missing] + members[missing + 1:]
                        answer = recover(f"--io={way}", "--read-only", "--export", export, *left)
                        self.assertEqual(answer.code, 0, answer)
                        contents.add(sha256_of(export))
                        export.unlink()
                self.assertEqual(len(contents), 1)

    def test_where_io_uring_is_refused_threads_take_over_and_it_is_said(self):
        image = make_image(self.folder / "empty.img", mebibyte)
        said = r"no io_uring: Operation not permitted.*; reading and writing by threads"
        silent = holdfast("examine", "--io=threads", image, preexec_fn=refuse_io_uring)
        self.assertEqual(silent.code, 1, silent)
        self.assertNotIn("io_uring", silent.words)
        fallen_back = holdfast("examine", image, preexec_fn=refuse_io_uring)
        self.assertEqual(fallen_back.code, 1, fallen_back)
        self.assertRegex(fallen_back.words, said)
        self.assertEqual(fallen_back.stdout, silent.stdout)

        golden = GoldenSet(golden_sets.own / "layout-r5-ls", self.folder)
        export = self.folder / "export.img"
        answer = holdfast("recover", "--read-only", "--export", export, *golden.members, preexec_fn=refuse_io_uring)
        self.assertEqual(answer.code, 0, answer)
        self.assertRegex(answer.words, said)
        self.assertEqual(sha256_of(export), golden.expected_sha256())

    def test_who_insists_on_io_uring_gets_nothing_else(self):
        members = [make_image(self.folder / f"m{i}.img", 16 * mebibyte) for i in range(3)]
        volume = write_volume_file(self.folder / "volume.json", members)
        for command in (("create", volume), ("examine", *members), ("recover", *members)):
            with self.subTest(command[0]):
                answer = holdfast(command[0], "--io=uring", *command[1:], preexec_fn=refuse_io_uring)
                self.assertEqual(answer.code, 77, answer)
                self.assertIn("no io_uring: Operation not permitted", answer.words)
                self.assertEqual(answer.stdout, b"")
        self.assertEqual({sha256_of(member) for member in members}, {sha256_of(make_image(self.folder / "zeros", 16 * mebibyte))})

    def test_other_ways_there_are_none(self):
        answer = holdfast("examine", "--io=smoke", make_image(self.folder / "m.img", mebibyte))
        self.assertEqual(answer.code, 2, answer)
        self.assertRegex(answer.words, r"--io.*uring.*threads")


if __name__ == "__main__":
    tap.main()
