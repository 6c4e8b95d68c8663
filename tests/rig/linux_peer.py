#!/usr/bin/env python3
"""linux_peer.py BUILD: Linux and Holdfast use each other's arrays. See README.md. Prints TAP."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "tests/e2e"))
build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "build/release").resolve()
os.environ["HOLDFAST"] = str(build / "drivers/holdfast")

import tap  # noqa: E402
from golden_sets import sha256_of  # noqa: E402
from holdfast import examine, holdfast, make_image, mdadm_examine, recover, write_volume_file  # noqa: E402

rig = pathlib.Path(os.environ.get("HOLDFAST_RIG", root.parent / "shared/rig"))
mebibyte = 1 << 20
# Level, layout, members, chunk KiB, metadata.
shapes = [(4, "parity-last", 3, 64, "1.2"), (5, "left-symmetric", 4, 64, "1.2"), (5, "right-asymmetric", 3, 16, "1.0"),
          (6, "left-symmetric", 5, 64, "1.1"), (6, "ddf-N-continue", 5, 4, "1.2"), (6, "left-asymmetric-6", 4, 128, "1.2")]

use_array = r"""
# use_array NAME DEVICE…: assembles, hashes, checks parity, stops.
use_array() {
  name=$1; shift
  mdadm --assemble --run /dev/md0 "$@" >/dev/null 2>&1 || { echo "$name: not assembled"; mdadm --assemble --run /dev/md0 "$@"; return; }
  echo "$name sha256 $(sha256sum /dev/md0 | cut -d' ' -f1)"
  while grep -qE 'resync|recovery|check' /proc/mdstat; do sleep 0.2; done
  echo check > /sys/block/md0/md/sync_action
  while [ "$(cat /sys/block/md0/md/sync_action)" != idle ]; do sleep 0.2; done
  echo "$name mismatches $(cat /sys/block/md0/md/mismatch_cnt)"
  mdadm --stop /dev/md0 >/dev/null 2>&1
}
modprobe raid456
"""


class LinuxPeerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-peer-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.guests = 0

    def images(self, prefix, count, size=12 * mebibyte):
        return [make_image(self.folder / f"{prefix}{i}.img", size) for i in range(count)]

    def guest(self, script, disks):
        """What the guest says: {first two words: third}."""
        self.guests += 1
        out = self.folder / f"guest{self.guests}"
        out.mkdir()
        path = self.folder / "script"
        path.write_text(use_array + script)
        done = subprocess.run([rig / "run-guest", path, *disks], env=os.environ | {"OUT": str(out)}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.said = done.stdout + done.stderr
        return {tuple(line.split()[:2]): line.split()[2] for line in done.stdout.splitlines() if len(line.split()) == 3}

    def load(self, seed, members, **environment):
        shadow = self.folder / f"shadow{seed}.img"
        done = subprocess.run([build / "tests/rig/holdfast_load", str(seed), "400", shadow, *members],
                              env=os.environ | environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        content = sha256_of(shadow)
        os.unlink(shadow)
        return content

    def exported(self, members):
        image = self.folder / "logical.img"
        answer = recover("--read-only", "--export", image, *members)
        self.assertEqual(answer.code, 0, answer)
        content = sha256_of(image)
        os.unlink(image)
        return content

    def test_each_uses_the_arrays_of_the_other(self):
        for shape in shapes:
            with self.subTest(shape=shape):
                self.exchange(*shape)

    def exchange(self, level, layout, count, chunk, metadata):
        for image in self.folder.glob("*.img"):
            image.unlink()
        ours, theirs = self.images("ours", count), self.images("theirs", count)
        disks = [f"/dev/vd{chr(ord('a') + i)}" for i in range(2 * count)]
        our_disks, their_disks = " ".join(disks[:count]), " ".join(disks[count:])
        degraded_disks = " ".join(disks[1:count])
        volume = write_volume_file(self.folder / "volume.json", ours, level=level, layout=layout, chunk=f"{chunk}KiB",
                                   metadata=metadata)
        self.assertEqual(holdfast("create", volume).code, 0)
        self.assertEqual(recover(volume).code, 0)
        filled = self.load(1, ours)
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
        self.assertEqual(self.exported(ours), filled)
        self.assertEqual(examine(*ours).json["arrays"][0]["roles"][0]["state"], "stale")
        self.assertEqual(self.exported(theirs), said[("theirs", "sha256")])
        self.assertEqual(self.exported(theirs[1:]), said[("theirs", "sha256")])

        refilled = self.load(2, theirs)
        degraded = self.load(3, ours[1:])
        crashed = None
        if level == 5:  # an unclean stop of ours: Linux resyncs
            crashed = self.load(4, theirs, HOLDFAST_LOAD_CRASH="1")
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
        script, disks = "", []
        for number, size in enumerate(sizes):
            disks += self.images(f"size{number}-", 3, size)
        letters = [f"/dev/vd{chr(ord('a') + i)}" for i in range(len(disks))]
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
        self.guest(script, disks)
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
    if not (rig / "run-guest").exists():
        sys.exit(f"{rig}: no rig there; set HOLDFAST_RIG")
    guest_folder = pathlib.Path(os.environ.get("RIG", "/var/tmp/holdfast-rig"))
    if not (guest_folder / "initrd.cpio").exists():
        subprocess.run([rig / "build-guest"], check=True)
    tap.main()
