#!/usr/bin/env python3
"""Standard streams that are closed, full or left by their reader: nothing of what is said ever reaches a device."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import tap
from holdfast import examine, holdfast, make_image, write_volume_file

mebibyte = 1 << 20
in_memory = "/dev/shm"  # a file system that takes any write, whatever its size


def closing(*streams):
    return lambda: [os.close(stream) for stream in streams]


class StreamsTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.new_folder("/var/tmp")

    def new_folder(self, parent):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-streams-", dir=parent)
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def new_array(self, folder, count):
        """Superblocks stand at the start of the members: words that go astray would hit them."""
        members = [make_image(folder / f"m{i}.img", 4 * mebibyte) for i in range(count)]
        volume = write_volume_file(folder / "volume.json", members, chunk="16KiB", metadata="1.1")
        return members, volume

    @unittest.skipUnless(os.path.isdir(in_memory), "no file system in memory here")
    def test_a_closed_stdout_is_no_member(self):
        for closed in ((1,), (0, 1), (1, 2), (0, 1, 2)):
            with self.subTest(str(closed)):
                members, volume = self.new_array(self.new_folder(in_memory), 8)  # a document of several blocks
                done = subprocess.run([tap.program(), "create", volume], preexec_fn=closing(*closed), timeout=60)
                self.assertEqual(done.returncode, 3, "the document went nowhere")
                self.assertEqual(examine(*members).code, 0)

    def test_a_closed_or_full_stderr_stops_nothing(self):
        def closed(**options):
            return subprocess.run(preexec_fn=closing(2), **options)

        def full(**options):
            with open("/dev/full", "w") as stderr:
                return subprocess.run(stderr=stderr, **options)

        for run in (closed, full):
            with self.subTest(run.__name__):
                members, volume = self.new_array(self.new_folder("/var/tmp"), 4)
                self.assertEqual(holdfast("create", volume).code, 0)
                command = [tap.program(), "recover", "--accept-write-hole", *members[:3]]  # says that one is missing
                done = run(args=command, stdout=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 0)
                looked = examine(*members[:3])
                self.assertEqual(looked.code, 0, looked)
                self.assertTrue(looked.json["arrays"][0]["assembles"])


if __name__ == "__main__":
    tap.main()
