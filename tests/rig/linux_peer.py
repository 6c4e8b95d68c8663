#!/usr/bin/env python3
"""linux_peer.py BUILD: Linux and Holdfast use each other's arrays. See README.md. Prints TAP."""

import os

import guest_case
from guest_case import GuestCase, disks, mebibyte
from holdfast import examine, holdfast, mdadm_examine, recover, write_volume_file

# Level, layout, members, chunk KiB, metadata.
shapes = [(4, "parity-last", 3, 64, "1.2"), (5, "left-symmetric", 4, 64, "1.2"), (5, "right-asymmetric", 3, 16, "1.0"),
          (6, "left-symmetric", 5, 64, "1.1"), (6, "ddf-N-continue", 5, 4, "1.2"), (6, "left-asymmetric-6", 4, 128, "1.2")]

class LinuxPeerTest(GuestCase):
    def test_each_uses_the_arrays_of_the_other(self):
        for shape in shapes:
            with self.subTest(shape=shape):
                self.exchange(*shape)

    def exchange(self, level, layout, count, chunk, metadata):
        for image in self.folder.glob("*.img"):
            image.unlink()
        ours, theirs = self.images("ours", count), self.images("theirs", count)
        our_disks, their_disks = " ".join(disks(0, count)), " ".join(disks(count, count))
        degraded_disks = " ".join(disks(1, count - 1))
        volume = write_volume_file(self.folder / "volume.json", ours, level=level, layout=layout, chunk=f"{chunk}KiB",
                                   metadata=metadata)
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        filled = self.filled(1, ours)
        option = "" if level == 4 else f"--layout={layout}"

        said = self.guest(f"""
use_array ours {our_disks}
use_array ours-degraded {degraded_disks}
mdadm --create /dev/md0 --run --force --assume-clean --level={level} --raid-devices={count} --chunk={chunk} {option} \
  --metadata={metadata} --bitmap=none {their_disks} >/dev/null 2>&1 || echo theirs: not created
echo repair > /sys/block/md0/md/sync_action
while [ "$(cat /sys/block/md0/md/sync_action)" != idle ]; do sleep 0.2; done
wload fill /dev/md0 $(($(cat /sys/block/md0/size) / 8)) 1 >/dev/null
echo "theirs sha256 $(sha256sum /dev/md0 | cut -d' ' -f1)"
mdadm --stop /dev/md0 >/dev/null 2>&1
""", [*ours, *theirs])
        self.assertEqual(said.get(("ours", "sha256")), filled, self.said)
        self.assertEqual(said.get(("ours", "mismatches")), "0", self.said)
        self.assertEqual(said.get(("ours-degraded", "sha256")), filled, self.said)

        # Linux went on without the first member: it is stale for us, and we go on without it too.
        self.assertEqual(self.exported("--read-only", *ours), filled)
        self.assertEqual(examine(*ours).json["arrays"][0]["roles"][0]["state"], "stale")
        self.assertEqual(self.exported("--read-only", *theirs), said[("theirs", "sha256")])
        self.assertEqual(self.exported("--read-only", *theirs[1:]), said[("theirs", "sha256")])

        refilled = self.filled(2, theirs)
        degraded = self.filled(3, ours[1:])
        crashed = None
        if level == 5:  # an unclean stop of ours: Linux resyncs
            crashed = self.filled(4, theirs, crash="after_flush")
        said = self.guest(f"""
use_array theirs {their_disks}
use_array ours-degraded {degraded_disks}
""", [*ours, *theirs])
        self.assertEqual(said.get(("theirs", "sha256")), crashed or refilled, self.said)
        self.assertEqual(said.get(("theirs", "mismatches")), "0", self.said)
        self.assertEqual(said.get(("ours-degraded", "sha256")), degraded, self.said)

    def test_new_superblocks_stand_where_mdadm_puts_its_own(self):
        # Below 16 MiB ours wastes less than mdadm, for the tiny devices of simulations.
        sizes = [16 * mebibyte, 18 * mebibyte + 12288, 100 * mebibyte, 1 << 30, 10 << 30, 300 << 30, 5 << 40]
        cases = [(size, metadata, chunk) for size in sizes for metadata, chunk in (("1.0", 64), ("1.1", 512), ("1.2", 512), ("1.2", 4))]
        script, members_of_all = "", []
        for number, size in enumerate(sizes):
            members_of_all += self.images(f"size{number}-", 3, size)
        letters = disks(0, len(members_of_all))
        for size, metadata, chunk in cases:
            first = sizes.index(size) * 3
            members = " ".join(letters[first:first + 3])
            script += f"""
mdadm --zero-superblock {members} 2>/dev/null
mdadm --create /dev/md0 --run --force --assume-clean --level=5 --raid-devices=3 --chunk={chunk} --metadata={metadata} --bitmap=none \
  {members} >/dev/null 2>&1 || echo {size}-{metadata}-{chunk}: not created
mdadm --stop /dev/md0 >/dev/null 2>&1
mdadm --examine {letters[first]} > /share/{size}-{metadata}-{chunk}
"""
        self.guest(script, members_of_all)
        for size, metadata, chunk in cases:
            with self.subTest(size=size, metadata=metadata, chunk=chunk):
                theirs = {}
                for line in (self.folder / f"guest1/{size}-{metadata}-{chunk}").read_text().splitlines():
                    name, colon, value = line.strip().partition(" : ")
                    if colon:
                        theirs[name.strip()] = value.strip()
                self.assertTrue(theirs, self.said)
                members = self.images("new", 3, size)
                volume = write_volume_file(self.folder / "new.json", members, chunk=f"{chunk}KiB", metadata=metadata)
                self.assertEqual(holdfast("create", volume).code, 0)
                ours = mdadm_examine(members[0])
                for field in ("Avail Dev Size", "Used Dev Size", "Array Size", "Data Offset", "Super Offset", "Unused Space",
                              "Bad Block Log", "Chunk Size", "Layout", "Feature Map"):
                    self.assertEqual(ours.get(field), theirs.get(field), field)
                for member in members:
                    os.unlink(member)


if __name__ == "__main__":
    guest_case.main()
