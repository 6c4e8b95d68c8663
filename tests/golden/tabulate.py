#!/usr/bin/env python3
"""tabulate.py GOLDEN: writes linux_layouts.inc and linux_superblocks.inc beside itself, from disk images that Linux wrote.

GOLDEN holds a folder for each array with manifest.json and zstd-compressed members, whose 4 KiB blocks name themselves. A
chunk is data if its blocks say so, P if it is the xor of the data chunks of its row, else Q: no layout rule is used here.
"""
import json
import pathlib
import struct
import subprocess
import sys

MAGIC = bytes.fromhex('fc4e2ba9')
PLACES = {'1.1': lambda n: 0, '1.2': lambda n: 8, '1.0': lambda n: (n - 16) & ~7}
ROWS = 20  # whole periods of rotations over 4 and over 5 members

CRC = []
for index in range(256):
    for _ in range(8):
        index = index >> 1 ^ (0x82f63b78 if index & 1 else 0)
    CRC.append(index)


def crc32c(data):
    value = 0xffffffff
    for byte in data:
        value = CRC[(value ^ byte) & 0xff] ^ value >> 8
    return value


def mix(block, generation):
    x = (block * 0x9E3779B1 + generation * 0x85EBCA6B + 0x3147494c) & 0xffffffff
    x = (x ^ x >> 16) * 0x7feb352d & 0xffffffff
    x = (x ^ x >> 15) * 0x846ca68b & 0xffffffff
    return x ^ x >> 16


def block_content(block):
    return b''.join(struct.pack('<IIII', mix(block, 1), block, 1, sector) * 32 for sector in range(8))


def first_block(chunk):
    """The number of the logical block that stands first in this chunk; None if it is parity."""
    first, = struct.unpack_from('<I', chunk, 4)
    blocks = len(chunk) // 4096
    if first + blocks < 1 << 20 and chunk == b''.join(map(block_content, range(first, first + blocks))):
        return first
    return None


def name_chunks(chunks):
    data = [first_block(chunk) for chunk in chunks]
    xor = 0
    for chunk, first in zip(chunks, data):
        if first is not None:
            xor ^= int.from_bytes(chunk, 'little')
    names = []
    for chunk, first in zip(chunks, data):
        kind = 'P' if int.from_bytes(chunk, 'little') == xor else 'Q'
        names.append(str(first) if first is not None else f'{kind}:{crc32c(chunk):08x}')
    return names


def superblock_of(image):
    for version, place in PLACES.items():
        at = place(len(image) // 512) * 512
        if image[at:at + 4] == MAGIC:
            max_dev, = struct.unpack_from('<I', image, at + 220)
            return version, image[at:at + 256 + 2 * max_dev]
    return None


def main():
    here = pathlib.Path(__file__).parent
    folders = sorted(f for f in pathlib.Path(sys.argv[1]).iterdir() if f.name.startswith(('layout-', 'md-')))
    layouts = open(here / 'linux_layouts.inc', 'w')
    superblocks = open(here / 'linux_superblocks.inc', 'w')
    for file in layouts, superblocks:
        file.write('// Made by tabulate.py from disks that Linux 6.1 and mdadm 4.2 wrote.\n')
    for folder in folders:
        manifest = json.loads((folder / 'manifest.json').read_text())
        members = []
        for disk in manifest['disks']:
            image = subprocess.run(['zstd', '-dqc', folder / disk['file']], check=True, capture_output=True).stdout
            version, block = superblock_of(image)
            superblocks.write('{"%s/%s", %d, "%s",\n "%s"},\n' % (folder.name, disk['name'], len(image) // 512, version,
                                                                  block.rstrip(b'\xff').hex()))
            data_offset, = struct.unpack_from('<Q', block, 128)
            dev_number, = struct.unpack_from('<I', block, 160)
            role, = struct.unpack_from('<H', block, 256 + 2 * dev_number)
            members.append((role, image[data_offset * 512:]))
        if not folder.name.startswith('layout-'):
            continue
        level, layout, size, chunk = struct.unpack_from('<iIQI', block, 72)
        layouts.write('{"%s", %d, %d, %d, %d, {\n' % (folder.name, level, layout, len(members), chunk))
        members.sort(key=lambda member: member[0])
        for row in range(ROWS):
            chunks = [data[row * chunk * 512:(row + 1) * chunk * 512] for _, data in members]
            layouts.write('    "%s",\n' % ' '.join(name_chunks(chunks)))
        layouts.write('}},\n')


main()
