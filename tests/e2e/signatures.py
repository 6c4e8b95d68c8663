"""What makes a device recognisable, written by hand: as much of each format as libblkid asks for."""

import struct
import uuid
import zlib

kinds = ("xfs", "btrfs", "vfat", "dos", "gpt", "LUKS", "LVM2", "bcache", "dm-writeboost")
sector = 512


def planted(kind, size):
    """Pairs of (offset, bytes)."""
    return {"xfs": xfs, "btrfs": btrfs, "vfat": vfat, "dos": dos, "gpt": gpt, "LUKS": luks, "LVM2": lvm,
            "bcache": bcache, "dm-writeboost": writeboost}[kind](size)


def xfs(size):
    blocks = size // 4096
    head = struct.pack(">4sIQQQ16sQQQQIIIIIHHHH12sBBBBBBB", b"XFSB", 4096, blocks, 0, 0, uuid.uuid4().bytes, 0, 128, 129,
                       130, 1, blocks // 4, 4, 0, 855, 0xB4A5, 512, 512, 8, b"", 12, 9, 9, 3, 13, 0, 0)
    return [(0, head.ljust(sector, b"\0"))]


def btrfs(size):
    body = bytearray(4096)
    body[32:48] = uuid.uuid4().bytes
    struct.pack_into("<QQ8sQ", body, 48, 65536, 0, b"_BHRfS_M", 1)
    struct.pack_into("<QQ", body, 112, size, 4096)
    struct.pack_into("<QIII", body, 136, 1, 4096, 16384, 16384)
    return [(65536, bytes(body))]


def vfat(size):
    sectors = size // sector
    boot = bytearray(sector)
    boot[0:11] = b"\xeb\x3c\x90mkfs.fat"
    struct.pack_into("<HBHBHHBHHHII", boot, 11, sector, 8, 1, 2, 512, 0, 0xF8, 128, 32, 64, 0, sectors)
    boot[36:62] = struct.pack("<BBBI11s8s", 0x80, 0, 0x29, 7, b"NO NAME    ", b"FAT16   ")
    boot[510:512] = b"\x55\xaa"
    return [(0, bytes(boot)), (sector, b"\xf8\xff\xff\xff")]


def partition_entry(kind, first, count):
    return struct.pack("<B3sB3sII", 0, b"\0\2\0", kind, b"\xfe\xff\xff", first, count)


def dos(size):
    table = partition_entry(0x83, 2048, size // sector - 2048).ljust(64, b"\0")
    return [(440, struct.pack("<IH", 0x12345678, 0) + table + b"\x55\xaa")]


def gpt(size):
    last = size // sector - 1
    entry = (uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4").bytes_le + uuid.uuid4().bytes_le +
             struct.pack("<QQQ", 2048, last - 40, 0) + "data".encode("utf-16-le").ljust(72, b"\0"))
    entries = entry.ljust(128 * 128, b"\0")
    disk = uuid.uuid4().bytes_le

    def header(own, other, first_entry):
        def packed(checksum):
            return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, checksum, 0, own, other, 34, last - 34, disk,
                               first_entry, 128, 128, zlib.crc32(entries))
        return packed(zlib.crc32(packed(0))).ljust(sector, b"\0")

    protective = partition_entry(0xEE, 1, last).ljust(64, b"\0") + b"\x55\xaa"
    return [(446, protective), (sector, header(1, last, 2)), (2 * sector, entries),
            ((last - 32) * sector, entries), (last * sector, header(last, 1, last - 32))]


def luks(size):
    head = b"LUKS\xba\xbe\0\1" + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0") + b"sha256".ljust(32, b"\0")
    return [(0, head.ljust(168, b"\0") + str(uuid.uuid4()).encode().ljust(40, b"\0"))]


def lvm_checksum(data):
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def lvm(size):
    tail = struct.pack("<I8s", 32, b"LVM2 001") + b"abcdefghijklmnopqrstuvwxyz012345" + struct.pack("<Q", size)
    tail = tail.ljust(sector - 20, b"\0")
    return [(sector, b"LABELONE" + struct.pack("<QI", 1, lvm_checksum(tail)) + tail)]


def bcache(size):
    head = bytearray(4096)
    struct.pack_into("<QQQ", head, 0, 0, 8, 1)
    head[24:40] = uuid.UUID("c68573f6-4e1a-45ca-8265-f57f48ba6d81").bytes
    head[40:56] = uuid.uuid4().bytes
    return [(4096, bytes(head))]


def writeboost(size):
    return [(0, struct.pack("<I", 0x57427374))]
