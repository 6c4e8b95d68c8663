"""A test case with images, Linux in a guest, and our own load. The rig is described in README.md."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "tests/e2e"))
build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "build/gcc").resolve()
os.environ["HOLDFAST"] = str(build / "drivers/holdfast")

import engine_load  # noqa: E402
import tap  # noqa: E402
from golden_sets import sha256_of  # noqa: E402
from holdfast import make_image, recover  # noqa: E402

rig = pathlib.Path(os.environ.get("HOLDFAST_RIG", root.parent / "shared/rig"))
mebibyte = 1 << 20

use_array = r"""
# use_array NAME DEVICE…: assembles, hashes, checks parity, stops.
use_array() {
  name=$1; shift
  mdadm --assemble --run /dev/md0 "$@" >/dev/null 2>&1 || { echo "$name: not assembled"; mdadm --assemble --run /dev/md0 "$@"; return; }
  echo "$name sha256 $(sha256sum /dev/md0 | cut -d' ' -f1)"
  [ -z "$keep_content" ] || dd if=/dev/md0 of="/share/$name.img" bs=1M 2>/dev/null
  while grep -qE 'resync|recovery|check' /proc/mdstat; do sleep 0.2; done
  echo check > /sys/block/md0/md/sync_action
  while [ "$(cat /sys/block/md0/md/sync_action)" != idle ]; do sleep 0.2; done
  echo "$name mismatches $(cat /sys/block/md0/md/mismatch_cnt)"
  mdadm --stop /dev/md0 >/dev/null 2>&1
}
modprobe raid456
"""


def disks(first, count):
    """Names in the guest: /dev/vda, /dev/vdb, …"""
    return [f"/dev/vd{chr(ord('a') + i)}" for i in range(first, first + count)]


class GuestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-peer-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.guests = 0

    def images(self, prefix, count, size=12 * mebibyte):
        return [make_image(self.folder / f"{prefix}{i}.img", size) for i in range(count)]

    def copies(self, prefix, images):
        made = []
        for number, image in enumerate(images):
            made.append(str(self.folder / f"{prefix}{number}.img"))
            subprocess.run(["cp", "--sparse=always", image, made[-1]], check=True)
        return made

    def start_guest(self, script, images, **environment):
        self.guests += 1
        self.out = self.folder / f"guest{self.guests}"
        self.out.mkdir()
        path = self.folder / "script"
        path.write_text(use_array + script)
        return subprocess.run([rig / "run-guest", path, *images], env=os.environ | environment | {"OUT": str(self.out)},
                              capture_output=True, text=True)

    def answers(self, text):
        """What the guest says: {first two words: third}."""
        return {tuple(line.split()[:2]): line.split()[2] for line in text.splitlines() if len(line.split()) == 3}

    def guest(self, script, images):
        done = self.start_guest(script, images)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.said = done.stdout + done.stderr
        return self.answers(done.stdout)

    def killed_guest(self, script, images, is_time, seconds=280):
        """The guest vanishes when is_time(its second console); answers as guest()."""
        begun = self.start_guest(script, images, BG="1")
        self.assertEqual(begun.returncode, 0, begun.stderr)
        console, deadline = self.out / "hvc1.log", time.monotonic() + seconds
        while not (self.out / "qemu.pid").exists():
            time.sleep(0.1)
        pid = int((self.out / "qemu.pid").read_text())
        try:
            while not (console.exists() and is_time(console.read_text())):
                self.assertLess(time.monotonic(), deadline, self.heard())
                self.assertFalse((self.out / "rc").exists(), f"its script ended too early: {self.heard()}")
                time.sleep(0.05)
        finally:
            os.kill(pid, signal.SIGKILL)
            while pathlib.Path(f"/proc/{pid}").exists():
                time.sleep(0.05)
        self.said = self.heard()
        return self.answers((self.out / "stdout").read_text())

    def heard(self):
        return "".join((self.out / name).read_text() for name in ("stdout", "stderr") if (self.out / name).exists())

    def load(self, seed, members, writes=400, crash=None):
        """Fills by our engine; what the array must hold then: a file, and after a crash in mid-load a second, `.begun`."""
        shadow = self.folder / f"shadow{seed}.img"
        engine_load.load(seed, writes, shadow, members, crash)
        return shadow

    def filled(self, seed, members, crash=None):
        """The same, as one hash."""
        shadow = self.load(seed, members, crash=crash)
        content = sha256_of(shadow)
        os.unlink(shadow)
        return content

    def exported(self, *arguments):
        image = self.folder / "logical.img"
        answer = recover("--export", image, *arguments)
        self.assertEqual(answer.code, 0, answer)
        content = sha256_of(image)
        os.unlink(image)
        return content


def main():
    if not (rig / "run-guest").exists():
        sys.exit(f"{rig}: no rig there; set HOLDFAST_RIG")
    guest_folder = pathlib.Path(os.environ.get("RIG", "/var/tmp/holdfast-rig"))
    if not (guest_folder / "initrd.cpio").exists():
        subprocess.run([rig / "build-guest"], check=True)
    tap.main()
