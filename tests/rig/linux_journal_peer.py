#!/usr/bin/env python3
"""linux_journal_peer.py BUILD: arrays with a write journal, abandoned in mid-load by one side and recovered by the other.

See README.md. Prints TAP.
"""

import os

import guest_case
from engine_load import lose_caches, pages_of, wrong_pages
from golden_sets import block_content, sha256_of
from guest_case import GuestCase, disks, mebibyte
from holdfast import holdfast, make_image, mdadm_examine, recover, write_volume_file

roomy, small = 256 * mebibyte, 4 * mebibyte
member_bytes = 12 * mebibyte  # with metadata 1.0 Linux takes no smaller journal
# Level, layout, members, chunk KiB, metadata, journal. In a roomy one the tail stays all along; a small one wraps several times.
shapes = [(4, "parity-last", 3, 64, "1.2", roomy), (5, "left-symmetric", 4, 64, "1.2", small),
          (5, "right-asymmetric", 3, 16, "1.0", roomy), (6, "left-symmetric", 5, 64, "1.1", small),
          (6, "ddf-N-continue", 5, 4, "1.2", roomy), (6, "left-asymmetric-6", 4, 128, "1.0", member_bytes)]


class Issued:
    """What `wload load` said before it vanished: which generations each block may hold."""

    def __init__(self, console, generation_before):
        self.last_acked, self.in_flight = {}, {}
        self.before = generation_before
        batches = {}  # of each thread
        self.acked_writes = 0
        for line in console[:console.rfind("\n") + 1].splitlines():
            kind, *words = line.split()
            if kind == "B":
                batches[words[0]] = [tuple(map(int, write.split(":"))) for write in words[3:]]
            elif kind == "A":
                for block, generation in self.blocks(batches[words[0]].pop(0)):
                    self.last_acked[block] = generation
                self.acked_writes += 1
            elif kind in "EZ":
                raise AssertionError(f"the load ended by itself: {line}")
        for writes in batches.values():
            if writes:  # one after the other: only the next can be on its way
                self.in_flight |= dict(self.blocks(writes[0]))

    @staticmethod
    def blocks(write):
        first, count, generation = write
        return [(first + i, generation) for i in range(count)]

    def complaints(self, image):
        wrong = []
        for block, content in enumerate(pages_of(image)):
            allowed = {self.last_acked.get(block, self.before)}
            if block in self.in_flight:
                allowed.add(self.in_flight[block])
            if not any(content == block_content(block, generation) for generation in allowed):
                found = int.from_bytes(content[8:12], "little")
                wrong.append(f"block {block}: generation {found}, allowed {sorted(allowed)}")
        return wrong


class LinuxJournalPeerTest(GuestCase):
    def abandon_ours(self, level, layout, count, chunk, metadata, journal_bytes):
        """An array of ours, left in mid-load: its devices, the journal last, and the shadow."""
        members, journal = self.images("ours", count), make_image(self.folder / "our-journal.img", journal_bytes)
        volume = write_volume_file(self.folder / "volume.json", members, level=level, layout=layout, chunk=f"{chunk}KiB",
                                   metadata=metadata, journal=journal)
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        self.filled(1, [*members, journal])
        before = self.copies("before", members)
        shadow = self.load(2, [*members, journal], writes=60 if journal_bytes == roomy else 400, crash="mid_load")
        if journal_bytes == roomy:
            self.assertGreater(lose_caches(before, members), 100, "there was something to lose")
        return [*members, journal], shadow

    def test_each_recovers_what_the_other_abandoned(self):
        for shape in shapes:
            with self.subTest(shape=shape):
                self.exchange(*shape)

    def exchange(self, level, layout, count, chunk, metadata, journal_bytes):
        for image in self.folder.glob("*.img*"):
            image.unlink()
        ours, shadow = self.abandon_ours(level, layout, count, chunk, metadata, journal_bytes)
        degraded = self.copies("degraded", ours[1:])
        theirs = [*self.images("theirs", count), make_image(self.folder / "their-journal.img", member_bytes if metadata == "1.0" else small)]
        groups = (ours, degraded, theirs)
        names = [" ".join(disks(sum(map(len, groups[:i])), len(group))) for i, group in enumerate(groups)]
        *their_members, their_journal = names[2].split()
        option = "" if level == 4 else f"--layout={layout}"

        said = self.killed_guest(f"""
keep_content=1
use_array ours {names[0]}
use_array ours-degraded {names[1]}
mdadm --create /dev/md0 --run --force --assume-clean --level={level} --raid-devices={count} --chunk={chunk} {option} \
  --metadata={metadata} --bitmap=none --write-journal={their_journal} {" ".join(their_members)} >/dev/null || exit 1
echo "theirs journal_mode $(sed 's/.*\\[\\(.*\\)\\].*/\\1/' /sys/block/md0/md/journal_mode)"
wload fill /dev/md0 $(($(cat /sys/block/md0/size) / 8)) 1 >/dev/null
wload load /dev/md0 $(($(cat /sys/block/md0/size) / 8)) 7 6 5 12 200 /dev/hvc1 1
""", sum(groups, []), lambda console: console.count("\nA ") >= 400)
        self.assertEqual(said.get(("theirs", "journal_mode")), "write-through", self.said)
        for name in ("ours", "ours-degraded"):
            self.assertEqual(said.get((name, "mismatches")), "0", self.said)
            self.assertEqual(wrong_pages(self.out / f"{name}.img", shadow), [])

        issued = Issued((self.out / "hvc1.log").read_text(), 1)
        self.check_recovery_of_theirs(level, theirs, issued)

    def test_linux_takes_no_small_journal_with_metadata_1_0(self):
        members, journal = self.images("m", 3), make_image(self.folder / "j.img", small)
        volume = write_volume_file(self.folder / "volume.json", members, metadata="1.0", journal=journal, chunk="64KiB")
        self.assertEqual(holdfast("create", volume).code, 2)
        said = self.guest(f"""
mdadm --create /dev/md0 --run --force --assume-clean --level=5 --raid-devices=3 --metadata=1.0 --bitmap=none \
  --write-journal=/dev/vdd {" ".join(disks(0, 3))} >/dev/null 2>&1; echo "mdadm created $?"
""", [*members, journal])
        self.assertEqual(said, {("mdadm", "created"): "1"})

    def check_recovery_of_theirs(self, level, theirs, issued):
        untouched = self.copies("untouched", theirs)
        content = self.judged(issued, "--read-only", *theirs)
        for lost in range(len(theirs) - 1):
            self.assertEqual(self.judged(issued, "--read-only", *theirs[:lost], *theirs[lost + 1:]), content, f"without {lost}")
        if level == 6:
            self.assertEqual(self.judged(issued, "--read-only", *theirs[2:]), content, "without two")
        self.assertEqual(self.judged(issued, *theirs), content)
        for number, device in enumerate(theirs):
            fields = mdadm_examine(device)
            self.assertRegex(fields["Checksum"], r"^[0-9a-f]+ - correct$")
            self.assertEqual(fields["Device Role"], "Journal" if device is theirs[-1] else f"Active device {number}")

        refilled = self.copies("refilled", theirs)
        filled = self.filled(3, refilled)
        groups = (untouched, theirs, refilled)
        names = [" ".join(disks(sum(map(len, groups[:i])), len(group))) for i, group in enumerate(groups)]
        said = self.guest(f"""
use_array untouched {names[0]}
use_array recovered {names[1]}
use_array refilled {names[2]}
""", sum(groups, []))
        for name, expected in (("untouched", content), ("recovered", content), ("refilled", filled)):
            self.assertEqual(said.get((name, "sha256")), expected, f"{name}: {self.said}")
            self.assertEqual(said.get((name, "mismatches")), "0", f"{name}: {self.said}")

    def judged(self, issued, *arguments):
        image = self.folder / "logical.img"
        answer = recover("--export", image, *arguments)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(issued.complaints(image), [])
        content = sha256_of(image)
        os.unlink(image)
        return content


if __name__ == "__main__":
    guest_case.main()
