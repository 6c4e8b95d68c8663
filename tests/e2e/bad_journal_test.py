#!/usr/bin/env python3
"""Write journals that are not what they should be: refused in words, or dropped as far as they are damaged; never a guess."""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

import tap
from bad_input_test import patch
from golden_sets import sha256_of
from holdfast import examine, holdfast, make_image, recover, write_volume_file
from journal_blocks import Journal, RaidFive, block_bytes, data_record, flush_record, header, parity_record

mebibyte = 1 << 20
superblock_at = 4096  # metadata 1.2
sectors = (0, 136, 1000)  # of the array, one for each unit; in three stripes


def page(number):
    return bytes([number]) * block_bytes


class BadJournalTest(unittest.TestCase):
    """Each test has an array of zeros that was left behind with three units in its log, each with one page of its number."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-bad-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.members, self.journal, self.volume = self.array("")
        self.log = Journal(self.journal)
        self.units = self.append_units()
        self.kept = self.folder / "kept.img"
        shutil.copy(self.journal, self.kept)

    def array(self, prefix):
        members = [make_image(self.folder / f"{prefix}m{i}.img", 4 * mebibyte) for i in range(3)]
        journal = make_image(self.folder / f"{prefix}j.img", 1 * mebibyte)
        volume = write_volume_file(self.folder / f"{prefix}volume.json", members, journal=journal, chunk="64KiB")
        created = holdfast("create", volume)
        self.assertEqual(created.code, 0, created)
        used = recover(volume)
        self.assertEqual(used.code, 0, used)
        return members, journal, volume

    def append_units(self):
        array = RaidFive(self.log)
        for number, sector in enumerate(sectors, 1):
            array.append((sector, page(number)))
        return array.units

    def restore(self):
        shutil.copy(self.kept, self.journal)

    def devices(self):
        return [*self.members, self.journal]

    def state(self):
        return [(sha256_of(path), os.stat(path).st_mtime_ns) for path in self.devices()]

    def content(self, *arguments):
        """Which unit's page stands at each of the three sectors, and what was said."""
        image = self.folder / "logical.img"
        answer = recover("--export", image, *arguments)
        self.assertEqual(answer.code, 0, answer)
        with open(image, "rb") as file:
            found = []
            for sector in sectors:
                file.seek(sector * 512)
                block = file.read(block_bytes)
                found.append(block[0])
                self.assertEqual(block, page(block[0]))
        os.unlink(image)
        return found, answer.words

    def expect_refusal(self, *words, devices=None):
        before = self.state()
        for mode in ((), ("--read-only",)):
            answer = recover(*mode, "--export", self.folder / "never.img", *(devices or self.devices()))
            self.assertEqual(answer.code, 1, answer)
            for word in words:
                self.assertRegex(answer.words, word)
            self.assertIn("error", answer.json)
            self.assertEqual(list(self.folder.glob("never*")), [])
        self.assertEqual(self.state(), before)

    def expect_content(self, *expected, words="", whole=True):
        """Read-only nothing is written; for good it is the same, and then in every view with a member left out."""
        before = self.state()
        found, said = self.content("--read-only", *self.devices())
        self.assertEqual(found, list(expected), said)
        if words:
            self.assertRegex(said, words)
        self.assertEqual(self.state(), before)
        journal = self.examined()
        self.assertEqual(journal["sound"], whole, journal)
        copies = [f"{path}.copy" for path in self.devices()]
        for path, copy in zip(self.devices(), copies):
            shutil.copy(path, copy)
        self.assertEqual(self.content(*copies)[0], list(expected))
        for lost in range(3):
            rest = [copy for number, copy in enumerate(copies) if number != lost]
            self.assertEqual(self.content("--read-only", *rest)[0], list(expected), f"without member {lost}")

    def examined(self):
        answer = holdfast("examine", "--output-format=json", "--journal=records", self.journal)
        journal = answer.json["devices"][0]["superblocks"][0]["journal"]
        self.assertEqual(answer.code, 0 if journal["sound"] else 1, answer)
        return journal

    def states(self):
        return [unit["state"] for unit in self.examined()["units"]]

    def test_a_log_that_is_right_is_replayed(self):
        """What the forger makes is what recovery takes: else nothing below would mean anything."""
        self.expect_content(1, 2, 3)
        self.assertEqual(self.states(), ["intact"] * 4)

    def test_any_flipped_bit_of_the_tail_block_is_refused(self):
        for offset in (*range(header.size), 100, block_bytes - 1):
            for bit in range(8) if offset < 8 else (offset % 8,):
                self.log.patch(self.log.tail, offset, bytes([self.log.read(self.log.tail)[offset] ^ 1 << bit]), is_mended=False)
                answer = recover("--read-only", *self.devices())
                self.assertEqual(answer.code, 1, f"offset {offset}, bit {bit}: {answer}")
                self.assertRegex(answer.words, r"the journal's tail, sector \d+ of its ring, is no valid meta block: offset \d+, "
                                               r"(magic|version|position|meta_size|checksum): found")
                self.restore()
        self.log.patch(self.log.tail, 4, b"????", is_mended=False)
        self.expect_refusal("no valid meta block: offset 4, checksum: found 0x3f3f3f3f, expected", "nothing was written")
        self.assertEqual(self.states(), [])
        self.assertRegex(holdfast("examine", self.journal).stdout.decode(), "ATTENTION +the tail is no valid unit")

    def test_any_flipped_bit_in_the_middle_ends_the_log_there(self):
        for offset in range(header.size + 20):
            self.log.patch(self.units[1], offset, bytes([self.log.read(self.units[1])[offset] ^ 1 << offset % 8]), is_mended=False)
            found, _ = self.content("--read-only", *self.devices())
            self.assertEqual(found, [1, 0, 0], f"offset {offset}")
            self.assertEqual(self.examined()["end"]["sector"], self.units[1])
            self.restore()

    def test_absurd_header_fields_under_a_right_checksum(self):
        cases = {"magic": (0, 4, 1), "version": (8, 1, 2), "position": (24, 8, 16), "position beyond": (24, 8, 1 << 63),
                 "meta_size": (12, 4, 31), "meta_size zero": (12, 4, 0), "meta_size 4097": (12, 4, 4097),
                 "meta_size huge": (12, 4, 0xFFFFFFFF)}
        for name, (offset, size, value) in cases.items():
            with self.subTest(name):
                field = name.split()[0]
                self.log.patch(self.log.tail, offset, value.to_bytes(size, "little"))
                self.expect_refusal(f"no valid meta block: offset {offset}, {field}: found")
                self.restore()
                self.log.patch(self.units[1], offset, value.to_bytes(size, "little"))
                self.expect_content(1, 0, 0)
                self.assertRegex(self.examined()["end"]["problem"], f"offset {offset}, {field}: found")
                self.restore()

    def test_absurd_sequences_under_a_right_checksum(self):
        sequence = self.log.sequence_at(self.units[1])
        for value in (0, sequence - 1, sequence + 1, sequence + 10_000, (1 << 64) - 1):
            with self.subTest(value - sequence):
                self.log.patch(self.units[1], 16, value.to_bytes(8, "little"))
                self.expect_content(1, 0, 0)
                self.assertRegex(self.examined()["end"]["problem"], "offset 16, seq: found")
                self.restore()
        # Linux has it that the tail's own number is believed: a log of one unit.
        for value in (0, (1 << 64) - 1):
            with self.subTest("tail", value=value):
                self.log.patch(self.log.tail, 16, value.to_bytes(8, "little"))
                self.expect_content(0, 0, 0)
                self.restore()

    def bad_records(self):
        """Record fields: offset in the block, size, value, the field's name."""
        return [(32, 2, 3, "record type"), (32, 2, 0xFFFF, "record type"), (36, 4, 0, "data size"), (36, 4, 16, "data size"),
                (36, 4, 0xFFFFFFFF, "data size"), (40, 8, 1 << 63, "location"), (40, 8, 9, "location"),
                (40, 8, 1 << 40, "location"), (52, 2, 7, "record type"), (56, 4, 16, "parity size"),
                (56, 4, 0x80000000, "parity size"), (60, 8, (1 << 64) - 8, "location"), (60, 8, 4, "location"),
                (12, 4, 33, "record"), (12, 4, 51, "record"), (12, 4, 71, "record"), (12, 4, 73, "record"),
                (12, 4, block_bytes, "data size")]

    def test_absurd_records_under_a_right_checksum(self):
        for offset, size, value, field in self.bad_records():
            with self.subTest(field, offset=offset, value=value):
                self.log.patch(self.units[1], offset, value.to_bytes(size, "little"))
                journal = self.examined()
                self.assertEqual([unit["state"] for unit in journal["units"]], ["intact", "intact", "skipped", "intact"])
                self.assertRegex(journal["units"][2]["problem"], rf"offset \d+, {field}: ")
                found, said = self.content("--read-only", *self.devices())
                self.assertEqual(found, [1, 0, 3])
                self.assertRegex(said, "1 of the journal's units .*the journal is damaged.* stripes to be resynced: all")
                self.restore()

    def test_an_absurd_record_at_the_tail_is_refused(self):
        self.log.write(self.log.tail, self.log.meta_block(7, self.log.tail, data_record(1 << 50, 0)))
        self.expect_refusal(r"no valid meta block: offset 40, location: found sector \d+, expected a multiple of 8 below")
        self.assertFalse(self.examined()["sound"])

    def test_absurd_flush_records(self):
        for records, field in ((flush_record(8, size=7), "flush size"), (flush_record(8, size=0), "flush size"),
                               (flush_record(8, size=16), "record"), (flush_record(8, size=0xFFFFFFF8), "record"),
                               (flush_record(8, 1 << 62), "location")):
            with self.subTest(field):
                self.log.write(self.units[1], self.log.meta_block(self.log.sequence_at(self.units[1]), self.units[1], records))
                unit = self.examined()["units"][2]
                self.assertEqual(unit["state"], "skipped")
                self.assertRegex(unit["problem"], f"{field}: ")
                self.assertEqual(self.content("--read-only", *self.devices())[0], [1, 0, 3])
                self.restore()

    def test_more_pages_than_the_ring_has(self):
        """Each unit may be right by itself; what it says to own would pass the tail."""
        records = b"".join(data_record(sector * 8, 0) + parity_record(0, 0) for sector in range(110))
        self.assertGreater(8 * 220 * 2, self.log.ring)
        array = RaidFive(self.log)
        array.position, array.sequence = self.units[1], self.log.sequence_at(self.units[1])
        array.append_raw(records, *[page(9)] * 220)
        array.append_raw(records)
        found, _ = self.content("--read-only", *self.devices())
        self.assertEqual(found, [1, 0, 0])
        self.examined()

    def test_a_page_in_the_middle_that_is_wrong(self):
        self.log.patch(self.units[1] + 8, 4000, b"?", is_mended=False)
        journal = self.examined()
        self.assertEqual([unit["state"] for unit in journal["units"]], ["intact", "intact", "damaged", "intact"])
        pages = [record["pages"][0]["state"] for record in journal["units"][2]["records"]]
        self.assertEqual(pages, ["wrong", "ok"])
        self.expect_content(1, 0, 3, words="1 of the journal's units can't be read whole", whole=False)

    def test_a_page_at_the_end_that_is_wrong_is_a_torn_write(self):
        for offset in (8, 16):
            with self.subTest(offset):
                self.log.patch(self.units[2] + offset, 0, b"?", is_mended=False)
                self.assertEqual(self.states(), ["intact"] * 3 + ["torn"])
                self.expect_content(1, 2, 0)
                self.restore()

    def test_an_absurd_tail(self):
        """What is no place in the ring counts as 0, as in Linux; there nothing of this log begins."""
        self.log.write(0, bytes(block_bytes))
        for tail, is_place in ((self.log.ring, False), (self.log.tail + 1, False), ((1 << 64) - 1, False), (1 << 63, False),
                               (self.units[0] + 8, True), (self.log.ring - 8, True)):
            with self.subTest(tail):
                patch(self.journal, 152, struct.pack("<Q", tail))
                self.expect_refusal(rf"the journal's tail, sector {tail if is_place else 0} of its ring, is no valid meta block")
                journal = self.examined()
                self.assertEqual((journal["tail"], journal["sound"]), (tail if is_place else 0, False))

    def test_absurd_rings(self):
        for size, words in ((10, "takes at least 9"), (8 * 8, "takes at least 9"), (1 << 60, "data_size: found")):
            with self.subTest(size):
                patch(self.journal, 136, struct.pack("<Q", size))
                self.expect_refusal("offset 4232, data_size|offset 136, data_size", words)
                holdfast("examine", self.journal)

    def test_truncated_journals(self):
        for size, code, words in ((mebibyte // 2, 1, "data_size: found"), (4096 + 512, 1, "superblock"), (512, 1, "no md superblock"),
                                  (0, 2, "an empty file"), (mebibyte - 100, 2, "not a multiple of 512")):
            with self.subTest(size):
                os.truncate(self.journal, size)
                before = self.state()
                for mode in ((), ("--read-only",)):
                    answer = recover(*mode, *self.devices())
                    self.assertEqual(answer.code, code, answer)
                    self.assertRegex(answer.words, rf"j\.img: .*({words})")
                self.assertEqual(self.state(), before)
                self.assertEqual(examine(*self.devices()).code, code)
                self.restore()

    def test_a_journal_of_another_array(self):
        _, other, _ = self.array("other-")
        devices = [*self.members, other]
        before = [*self.state(), sha256_of(other)]
        self.expect_refusal(r"other-j\.img: offset 4112, set_uuid: found .*, expected .*: leave it out|belongs to another array",
                            devices=devices)
        self.expect_refusal(r"other-j\.img: offset 4112, set_uuid", devices=[*devices, self.journal])
        self.assertEqual([*self.state(), sha256_of(other)], before)
        looked = examine(*devices)
        self.assertEqual(len(looked.json["arrays"]), 2)

    def test_a_log_of_another_array_under_our_superblock(self):
        _, other, _ = self.array("other-")
        theirs = Journal(other)
        for position in range(0, self.log.ring, 8):
            self.log.write(position, theirs.read(position))
        patch(self.journal, 152, struct.pack("<Q", theirs.tail))
        self.expect_refusal("no valid meta block: offset 4, checksum: found")

    def test_a_journal_of_an_older_copy(self):
        """It is a good log of this very array, but the array has gone on since."""
        self.assertEqual(self.content(*self.devices())[0], [1, 2, 3])
        self.log = Journal(self.journal)
        RaidFive(self.log).append((sectors[0], page(4)))
        self.assertEqual(self.content(*self.devices())[0], [4, 2, 3])
        newer = self.folder / "newer.img"
        shutil.copy(self.journal, newer)
        self.restore()
        self.expect_refusal(r"j\.img is a stale journal and left out: its events are \d+",
                            "the array's write journal is missing: acknowledged writes")
        others = examine(*self.devices()).json["arrays"][0]["others"]
        self.assertEqual([other["state"] for other in others], ["stale journal"])
        found, said = self.content("--read-only", *self.devices(), newer)
        self.assertEqual(found, [4, 2, 3])
        self.assertRegex(said, r"/j\.img is a stale journal and left out")
        accepted, said = self.content("--accept-lost-journal", *self.members)
        self.assertEqual(accepted, [4, 2, 3])
        found, said = self.content(*self.members, newer)
        self.assertEqual(found, [4, 2, 3])
        self.assertRegex(said, r"newer\.img is a stale journal and left out", "it was given up")

    def test_an_older_copy_of_a_member(self):
        """Beside a journal nothing is ever dirty, and still it shows that the array has gone on."""
        old = self.folder / "old.img"
        shutil.copy(self.members[0], old)
        self.assertEqual(self.content(*self.devices())[0], [1, 2, 3])
        self.assertEqual(self.content(old, *self.members[1:], self.journal)[0], [1, 2, 3])
        self.assertEqual(examine(old, *self.members[1:]).json["arrays"][0]["roles"][0]["state"], "stale")

    def test_a_copy_of_the_journal_beside_it(self):
        twin = self.folder / "twin.img"
        shutil.copy(self.journal, twin)
        for devices in ([*self.devices(), twin], [twin, *self.devices()]):
            self.expect_refusal(r"(j|twin)\.img: .*is the journal of this array, and so says .*(j|twin)\.img of itself: is one a copy of", devices=devices)
        looked = examine(*self.devices(), twin)
        self.assertEqual(looked.code, 1, looked)
        self.assertRegex(looked.json["arrays"][0]["contradictions"][0], "both are its journal: is one a copy of the other")


if __name__ == "__main__":
    tap.main()
