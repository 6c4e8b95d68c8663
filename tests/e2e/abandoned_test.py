#!/usr/bin/env python3
"""Arrays with a journal that our own engine abandoned in mid-load: mdadm reads them, and recovery loses nothing."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import tap
from engine_load import load, lose_caches, wrong_pages
from golden_sets import sha256_of
from holdfast import holdfast, make_image, recover, write_volume_file
from mdadm_checks import MdadmChecks, shapes

mebibyte = 1 << 20
# In a roomy journal the tail stays all along, so nothing else must have reached the members; a small one wraps.
roomy, small = 256 * mebibyte, 2 * mebibyte


class AbandonedTest(MdadmChecks, unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-abandoned-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def copies(self, images):
        made = []
        for number, image in enumerate(images):
            made.append(str(self.folder / f"copy{number}.img"))
            subprocess.run(["cp", "--sparse=always", image, made[-1]], check=True)
        return made

    def judged(self, shadow, *arguments):
        """The hash of what is exported."""
        image = self.folder / "logical.img"
        answer = recover("--export", image, *arguments)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(wrong_pages(image, shadow), [])
        content = sha256_of(image)
        os.unlink(image)
        return content

    def test_nothing_is_lost_and_mdadm_agrees(self):
        for number, (level, layout, count, chunk, metadata) in enumerate(list(shapes())[::4]):
            with self.subTest(level=level, layout=layout, metadata=metadata):
                for path in self.folder.iterdir():
                    path.unlink()
                journal_bytes = small if number % 2 == 0 and metadata != "1.0" else roomy
                self.abandon_and_recover(level, layout, count, chunk, metadata, journal_bytes)

    def abandon_and_recover(self, level, layout, count, chunk, metadata, journal_bytes):
        members = [make_image(self.folder / f"m{i}.img", 8 * mebibyte) for i in range(count)]
        journal = make_image(self.folder / "j.img", journal_bytes)
        section = {"chunk": f"{chunk}KiB", "metadata": metadata} | ({"layout": layout} if layout else {})
        volume = write_volume_file(self.folder / "volume.json", members, level=level, journal=journal, **section)
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        devices = [*members, journal]

        def check(was_abandoned):
            self.check_members(members, level, layout, chunk, metadata, is_clean=True, journal=journal)
            self.check_journal(journal, metadata, members, was_abandoned)

        load(1, 100, self.folder / "shadow1", devices)
        check(was_abandoned=False)
        before = self.copies(members)
        shadow = self.folder / "shadow2"
        load(2, 400 if journal_bytes == small else 60, shadow, devices, crash="mid_load")
        check(was_abandoned=True)
        if journal_bytes == roomy:
            self.assertGreater(lose_caches(before, members), 100, "there was something to lose")

        content = self.judged(shadow, "--read-only", *devices)
        for lost in range(count):
            self.assertEqual(self.judged(shadow, "--read-only", *devices[:lost], *devices[lost + 1:]), content)
        self.assertEqual(self.judged(shadow, *devices), content)
        check(was_abandoned=False)
        for lost in range(count):  # the parity that replay left
            self.assertEqual(self.judged(shadow, "--read-only", *devices[:lost], *devices[lost + 1:]), content)


if __name__ == "__main__":
    tap.main()
