#!/usr/bin/env python3
"""New arrays: mdadm agrees with what `create` wrote, before and after use; what stands on a device already is not lost."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import signatures
import tap
from golden_sets import sha256_of
from holdfast import examine, holdfast, make_image, mdadm_examine, recover, write_volume_file
from journal_blocks import Journal, RaidFive
from loop_devices import LoopDevices
from mdadm_checks import MdadmChecks, shapes

mebibyte = 1 << 20


class CreateTest(MdadmChecks, unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-create-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def images(self, count, size=16 * mebibyte):
        return [make_image(self.folder / f"m{i}.img", size) for i in range(count)]

    def volume(self, members, **options):
        return write_volume_file(self.folder / "volume.json", members, **options)

    def test_mdadm_agrees_with_every_shape(self):
        for level, layout, count, chunk, metadata in shapes():
            with self.subTest(level=level, layout=layout, metadata=metadata):
                members = self.images(count)
                section = {"chunk": f"{chunk}KiB", "metadata": metadata} | ({"layout": layout} if layout else {})
                volume = self.volume(members, level=level, **section)
                created = holdfast("create", volume)
                self.assertEqual(created.code, 0, created)
                self.check_members(members, level, layout, chunk, metadata, is_clean=False)
                used = recover(volume)
                self.assertEqual(used.code, 0, used)
                self.assertTrue(used.json["settled"] and used.json["stopped"])
                self.check_members(members, level, layout, chunk, metadata, is_clean=True)
                for member in members:
                    os.unlink(member)

    def test_mdadm_agrees_with_a_journal(self):
        for level, layout, count, chunk, metadata in list(shapes())[::3]:
            with self.subTest(level=level, layout=layout, metadata=metadata):
                members, journal = self.images(count), make_image(self.folder / "j.img", 16 * mebibyte)
                section = {"chunk": f"{chunk}KiB", "metadata": metadata} | ({"layout": layout} if layout else {})
                volume = self.volume(members, level=level, journal=journal, **section)
                created = holdfast("create", volume)
                self.assertEqual(created.code, 0, created)
                self.check_members(members, level, layout, chunk, metadata, is_clean=False, journal=journal)
                self.check_journal(journal, metadata, members)
                for _ in range(2):
                    used = recover(volume)
                    self.assertEqual(used.code, 0, used)
                    self.assertTrue(used.json["settled"] and used.json["stopped"])
                    self.check_members(members, level, layout, chunk, metadata, is_clean=True, journal=journal)
                    self.check_journal(journal, metadata, members)
                for path in (*members, journal):
                    os.unlink(path)

    def test_mdadm_agrees_after_a_crash(self):
        members, journal = self.images(3), make_image(self.folder / "j.img", 2 * mebibyte)
        volume = self.volume(members, journal=journal, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        for number in range(20):  # the ring wraps
            log = RaidFive(Journal(journal))
            for unit in range(7):
                log.append(*[(8 * (number + 16 * unit + i), bytes([number]) * 4096) for i in range(5)])
            image = self.folder / "logical.img"
            self.assertEqual(recover("--export", image, volume).code, 0)
            with open(image, "rb") as file:
                file.seek(8 * (number + 16 * 6 + 4) * 512)
                self.assertEqual(file.read(4096), bytes([number]) * 4096)
            os.unlink(image)
        self.check_members(members, 5, "left-symmetric", 64, "1.2", is_clean=True, journal=journal)
        self.check_journal(journal, "1.2", members)

    def test_no_journal_that_linux_would_not_run(self):
        """With metadata 1.0 its superblock must stand behind what is used of a member: 255 chunks, and 8 KiB for the superblock."""
        members, least = self.images(3, 16 * mebibyte), 16 * mebibyte - 64 * 1024 + 8192
        for size, metadata, code in ((least - 4096, "1.0", 2), (least, "1.0", 0), (least - 4096, "1.2", 0)):
            with self.subTest(size=size, metadata=metadata):
                journal = make_image(self.folder / "j.img", size)
                volume = self.volume(members, journal=journal, chunk="64KiB", metadata=metadata)
                answer = holdfast("create", volume, *(f"--overwrite=m{i}" for i in range(3)))
                self.assertEqual(answer.code, code, answer)
                if code:
                    self.assertIn(f"this one has {size} bytes of {least}", answer.words)
                    self.assertIsNone(mdadm_examine(members[0]), "nothing was written")

    def test_a_journal_is_a_device_like_the_others(self):
        """What stands on it is kept, and it must be large enough, before anything is written."""
        members, journal = self.images(3), make_image(self.folder / "j.img", 2 * mebibyte)
        self.plant("xfs", journal)
        small = make_image(self.folder / "small.img", 40 * 1024)
        for path, code, words in ((journal, 1, "holds xfs.*--overwrite j"), (small, 2, "j: .*room for"),
                                  (members[1], 2, 'device "m1" has the path of device "j"')):
            with self.subTest(path):
                before = [sha256_of(one) for one in (*members, path)]
                refused = holdfast("create", self.volume(members, journal=path))
                self.assertEqual(refused.code, code, refused)
                self.assertRegex(refused.words, words)
                self.assertEqual([sha256_of(one) for one in (*members, path)], before)
        volume = self.volume(members, journal=journal)
        self.assertEqual(holdfast("create", volume, "--overwrite", "j").code, 0)
        again = holdfast("create", volume)
        self.assertIn("j.img: holds linux_raid_member", again.words)

    def test_block_devices(self):
        loops = LoopDevices()
        self.addCleanup(loops.detach_all)
        members = [loops.attach(image) for image in self.images(4)]
        volume = self.volume(members, level=6, chunk="64KiB")
        created = holdfast("create", volume)
        self.assertEqual(created.code, 0, created)
        self.check_members(members, 6, "left-symmetric", 64, "1.2", is_clean=False)
        used = recover(volume)
        self.assertEqual(used.code, 0, used)
        self.check_members(members, 6, "left-symmetric", 64, "1.2", is_clean=True)

    def test_a_mounted_device_is_in_use(self):
        if not shutil.which("mkfs.ext4"):
            self.skipTest("needs mkfs.ext4")
        loops = LoopDevices()
        self.addCleanup(loops.detach_all)
        members = [loops.attach(image) for image in self.images(3)]
        subprocess.run(["mkfs.ext4", "-q", members[1]], check=True)
        mount = self.folder / "mount"
        mount.mkdir()
        if subprocess.run(["mount", members[1], mount], capture_output=True).returncode != 0:
            self.skipTest("can't mount here")
        self.addCleanup(subprocess.run, ["umount", mount])
        for overwrite in ([], ["--overwrite", "m1"]):
            answer = holdfast("create", self.volume(members), *overwrite)
            self.assertEqual(answer.code, 2, answer)
            self.assertIn(f"{members[1]}: can't be opened for writing: in use: mounted", answer.words)

    def plant(self, kind, path):
        """Makes something recognisable, without the tools that make the real thing where its magic is enough."""
        if kind in ("ext4", "swap"):
            tool = {"ext4": ["mkfs.ext4", "-q", "-F"], "swap": ["mkswap", "-q"]}[kind]
            if not shutil.which(tool[0]):
                self.skipTest(f"no {tool[0]} here")
            subprocess.run([*tool, path], check=True, capture_output=True)
            return
        with open(path, "r+b") as file:
            for offset, content in signatures.planted(kind, os.path.getsize(path)):
                file.seek(offset)
                file.write(content)

    def test_what_stands_there_is_kept_unless_named(self):
        for kind in ("ext4", "swap", *signatures.kinds):
            with self.subTest(kind):
                self.check_kept_unless_named(kind)

    def check_kept_unless_named(self, kind):
        members = self.images(3, 128 * mebibyte)
        self.plant(kind, members[1])
        before = [sha256_of(member) for member in members]
        volume = self.volume(members)
        for options in ([], ["--overwrite", "m0"]):
            refused = holdfast("create", volume, *options)
            self.assertEqual(refused.code, 1, refused)
            self.assertRegex(refused.words, rf"m1\.img: holds .*(?i:{kind}|linux).*--overwrite m1")
            self.assertEqual([sha256_of(member) for member in members], before)
        created = holdfast("create", volume, "--overwrite", "m1")
        self.assertEqual(created.code, 0, created)
        again = holdfast("create", volume)
        self.assertEqual(again.words.count("m1.img: holds"), 1, again)
        self.assertIn("m1.img: holds linux_raid_member", again.words)

    def test_a_raid_member_in_any_place_is_kept_unless_named(self):
        for old in ("1.0", "1.1", "1.2"):
            for new in ("1.0", "1.1", "1.2"):
                with self.subTest(old=old, new=new):
                    members = self.images(3)
                    holdfast("create", self.volume(members, metadata=old))
                    before = [sha256_of(member) for member in members]
                    volume = self.volume(members, metadata=new)
                    refused = holdfast("create", volume, "--overwrite", "m0", "--overwrite", "m2")
                    self.assertEqual(refused.code, 1, refused)
                    self.assertEqual([sha256_of(member) for member in members], before)
                    everything = [f"--overwrite=m{i}" for i in range(3)]
                    self.assertEqual(holdfast("create", volume, *everything).code, 0)
                    for device in examine(*members).json["devices"]:
                        self.assertEqual([found["metadata"] for found in device["superblocks"]], [new])
                    for member in members:
                        os.unlink(member)

    def test_a_damaged_superblock_is_kept_too(self):
        members = self.images(3)
        holdfast("create", self.volume(members))
        with open(members[1], "r+b") as file:
            file.seek(4096 + 100)
            file.write(b"?")
        before = [sha256_of(member) for member in members]
        refused = holdfast("create", self.volume(members), "--overwrite", "m0", "--overwrite", "m2")
        self.assertEqual(refused.code, 1, refused)
        self.assertEqual([sha256_of(member) for member in members], before)

    def test_devices_that_do_not_fit_are_refused_before_any_write(self):
        good = self.images(3)
        small = make_image(self.folder / "small.img", 64 * 1024)
        odd = make_image(self.folder / "odd.img", 16 * mebibyte + 100)
        link = self.folder / "link.img"
        link.symlink_to(good[0])
        cases = {
            "small": (small, "m3: 65536 bytes leave no room"), "odd size": (odd, "not a multiple of 512"),
            "missing": (self.folder / "no.img", "No such file"), "directory": (self.folder, "is a directory"),
            "same twice": (link, "one and the same device")}
        for name, (last, words) in cases.items():
            with self.subTest(name):
                before = [sha256_of(member) for member in good]
                refused = holdfast("create", self.volume([*good, last]))
                self.assertEqual(refused.code, 2, refused)
                self.assertIn(words, refused.words)
                self.assertEqual([sha256_of(member) for member in good], before)
        unknown = holdfast("create", self.volume(good), "--overwrite", "m7")
        self.assertEqual(unknown.code, 2, unknown)

    def test_a_bare_volume_is_not_made(self):
        [image] = self.images(1)
        self.plant("swap", image)
        before = sha256_of(image)
        volume = self.folder / "bare.json"
        volume.write_text(json.dumps({"schema": "holdfast.volume/1", "devices": {"d": {"path": image}},
                                      "volume": {"type": "bare", "device": "d"}}))
        for options in ([], ["--overwrite", "d"]):
            answer = holdfast("create", volume, *options)
            self.assertEqual(answer.code, 2, answer)
            self.assertIn("nothing to create", answer.words)
            self.assertEqual(sha256_of(image), before)

    def test_spares_and_names(self):
        members = self.images(4)
        volume = self.volume(members[:3], spares=members[3:], name="box:data")
        created = holdfast("create", volume, "--output-format=json")
        self.assertEqual(created.code, 0, created)
        [array] = created.json["arrays"]
        self.assertEqual(array["name"], "box:data")
        self.assertEqual([other["state"] for other in array["others"]], ["spare"])
        theirs = mdadm_examine(members[3])
        self.assertEqual(theirs["Device Role"], "spare")
        self.assertRegex(theirs["Checksum"], "correct")
        self.assertEqual(recover(volume).code, 0)

    def test_an_interrupted_resync_goes_on_where_it_was(self):
        members = self.images(3, 512 * mebibyte)
        for member in members:  # parity that does not match, so that there is work
            with open(member, "r+b") as file:
                for place in range(0, 512, 2):
                    file.seek(place * mebibyte + 2 * mebibyte)
                    file.write(hashlib.sha256(f"{member}{place}".encode()).digest() * 4096)
        volume = self.volume(members)
        self.assertEqual(holdfast("create", volume).code, 0)
        running = subprocess.Popen([tap.program(), "recover", "--progress=always", volume],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, words = running.communicate(timeout=60)
        if running.returncode == 0:
            self.skipTest("this machine is too fast: the resync had ended")
        self.assertEqual(running.returncode, 3, words)
        self.assertIn(b"interrupted", words)
        [array] = examine(*members).json["arrays"]
        self.assertFalse(array["state"]["clean"])
        reached = array["state"]["resync_offset"]
        self.assertGreater(reached, 0)
        done = recover(volume)
        self.assertEqual(done.code, 0, done)
        self.assertTrue(examine(*members).json["arrays"][0]["state"]["clean"])


if __name__ == "__main__":
    tap.main()
