"""Arrays that real Linux wrote: where they are, how they are unpacked, what they hold.

All sets are in HOLDFAST_GOLDEN, or in ../shared/golden beside the tree; three small ones in tests/golden, always.
Every 4 KiB block of a logical device names itself by its number and its generation.
"""

import hashlib
import json
import os
import pathlib
import struct
import subprocess

root = pathlib.Path(__file__).resolve().parents[2]
shared = pathlib.Path(os.environ.get("HOLDFAST_GOLDEN", root.parent / "shared/golden"))
own = root / "tests/golden"
block_bytes = 4096


def layout_sets():
    """Folders of all layout-* sets, and what to say if only our own two are here."""
    folders = sorted(path.parent for path in shared.glob("layout-*/manifest.json"))
    if folders:
        return folders, ""
    return (sorted(path.parent for path in own.glob("layout-*/manifest.json")),
            f"only tests/golden: no layout-* sets in {shared} (set HOLDFAST_GOLDEN)")


def journal_sets():
    """The same for arrays with a write journal, written through or back."""
    folders = sorted(path.parent for path in shared.glob("md-*/manifest.json"))
    if folders:
        return folders, ""
    return ([own / "md-r6-wt-kill"], f"only tests/golden: no md-* sets in {shared} (set HOLDFAST_GOLDEN)")


def block_hash(block, generation):
    x = (block * 0x9E3779B1 + generation * 0x85EBCA6B + 0x3147494C) & 0xFFFFFFFF
    x = ((x ^ x >> 16) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ x >> 15) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ x >> 16


def block_content(block, generation):
    return b"".join(struct.pack("<IIII", block_hash(block, generation), block, generation, sector) * 32
                    for sector in range(8))


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class GoldenSet:
    def __init__(self, folder, unpack_into):
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.name = self.manifest["name"]
        self.members = []
        for disk in self.manifest["disks"]:
            image = pathlib.Path(unpack_into) / f"{self.name}-{disk['name']}.img"
            subprocess.run(["zstd", "-q", "-d", "-f", "--sparse", folder / disk["file"], "-o", image], check=True)
            if sha256_of(image) != disk["sha256"]:
                raise AssertionError(f"{folder / disk['file']} is not what its manifest says")
            self.members.append(str(image))

    @property
    def level(self):
        return self.manifest["level"]

    @property
    def parity_disks(self):
        return 2 if self.level == 6 else 1

    def expected_sha256(self):
        """Of the whole logical device: in layout sets block b holds generation 1."""
        content = hashlib.sha256()
        for block in range(self.manifest["logical_blocks_4k"]):
            content.update(block_content(block, 1))
        return content.hexdigest()

    def detail(self, field):
        """What mdadm said of the whole array: "Events"."""
        for line in self.manifest["detail"].splitlines():
            name, _, value = line.strip().partition(" : ")
            if name.strip() == field:
                return value.strip()
        raise KeyError(field)


class JournaledSet(GoldenSet):
    """Most of them were left behind in mid-load; the manifest says what Linux made of the same disks."""

    def __init__(self, folder, unpack_into):
        super().__init__(folder, unpack_into)
        self.folder = folder
        [number] = [i for i, disk in enumerate(self.manifest["disks"]) if disk["name"] == "journal"]
        self.journal = self.members.pop(number)
        self.checksums = {path: disk["sha256"] for disk in self.manifest["disks"]
                          for path in [*self.members, self.journal] if path.endswith(f"-{disk['name']}.img")}

    @property
    def level(self):
        return self.manifest["geometry"]["level"]

    @property
    def linux_keeps_its_promises(self):
        """Of md-r5-wb-powerloss Linux loses blocks that it had flushed."""
        linux = self.manifest["kernel_recovered"].get("gen", [])
        return len(linux) == len(self.manifest["flushed"]) and all(
            flushed <= found <= issued
            for flushed, found, issued in zip(self.manifest["flushed"], linux, self.manifest["issued"]))

    def complaint(self, image):
        """What is wrong with the content that was recovered; "" if all is there that was flushed, and, where Linux kept that
        promise on the same disks, byte for byte what it recovered."""
        if self.linux_keeps_its_promises and sha256_of(image) != self.manifest["kernel_recovered"]["sha256"]:
            return "not what Linux recovered"
        judge = shared.parent / "tools/check-image"
        if self.folder.is_relative_to(shared) and judge.exists():
            as_linux = ["--as-kernel"] if self.linux_keeps_its_promises else []
            judged = subprocess.run([judge, self.folder / "manifest.json", image, *as_linux], capture_output=True, text=True)
            return judged.stdout if judged.returncode else ""
        return ""
