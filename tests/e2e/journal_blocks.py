"""A write journal forged by hand: units with right checksums and whatever fields a test wants to be wrong."""

import struct

block_bytes = 4096
sector_bytes = 512
magic = 0x6433C509
header = struct.Struct("<IIBBHIQQ")  # magic, checksum, version, 0, 0, meta_size, seq, position
data, parity, flush = 0, 1, 2

table = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
    table.append(number)


def crc32c(content, value=0xFFFFFFFF):
    for byte in content:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value


def data_record(array_sector, checksum, size=8):
    return struct.pack("<HHIQI", data, 0, size, array_sector, checksum)


def parity_record(stripe_sector, *checksums, size=None):
    return struct.pack(f"<HHIQ{len(checksums)}I", parity, 0, 8 * len(checksums) if size is None else size, stripe_sector, *checksums)


def flush_record(*stripe_sectors, size=None):
    return struct.pack(f"<HHI{len(stripe_sectors)}Q", flush, 0, 8 * len(stripe_sectors) if size is None else size, *stripe_sectors)


class Journal:
    """The journal of an image with metadata 1.2. Positions are sectors of its ring."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            file.seek(4096)
            superblock = file.read(256)
        self.set_uuid = superblock[16:32]
        self.begin, size = struct.unpack_from("<QQ", superblock, 128)
        self.ring = size & ~7
        [self.tail] = struct.unpack_from("<Q", superblock, 152)
        self.seed = crc32c(self.set_uuid)

    def checksum(self, page):
        return crc32c(page, self.seed)

    def offset(self, position):
        return (self.begin + position % self.ring) * sector_bytes

    def read(self, position):
        with open(self.path, "rb") as file:
            file.seek(self.offset(position))
            return file.read(block_bytes)

    def write(self, position, *blocks):
        with open(self.path, "r+b") as file:
            for number, block in enumerate(blocks):
                file.seek(self.offset(position + 8 * number))
                file.write(block.ljust(block_bytes, b"\0"))

    def sequence_at(self, position):
        return header.unpack_from(self.read(position))[6]

    def mended(self, block):
        """The same block with a right checksum."""
        block = block[:4] + bytes(4) + block[8:].ljust(block_bytes - 8, b"\0")
        return block[:4] + struct.pack("<I", self.checksum(block)) + block[8:]

    def meta_block(self, sequence, position, records):
        head = header.pack(magic, 0, 1, 0, 0, header.size + len(records), sequence, position % self.ring)
        return self.mended(head + records)

    def patch(self, position, offset, content, is_mended=True):
        """Puts `content` at `offset` of the block that stands there."""
        block = self.read(position)
        block = block[:offset] + content + block[offset + len(content):]
        self.write(position, self.mended(block) if is_mended else block)


class RaidFive:
    """Writes of one page each into a RAID-5 of three members, left-symmetric, that holds zeros: data and parity are the same."""

    chunk = 128  # sectors

    def __init__(self, journal):
        self.journal = journal
        self.position = journal.tail + 8  # behind the empty unit that a clean stop leaves
        self.sequence = journal.sequence_at(journal.tail) + 1
        self.units = []  # positions

    def stripe_of(self, array_sector):
        return array_sector // (2 * self.chunk) * self.chunk + array_sector % self.chunk

    def append(self, *pages):
        """One unit; `pages` are pairs of array sector and content."""
        records, blocks = b"", []
        for array_sector, content in pages:
            checksum = self.journal.checksum(content)
            records += data_record(array_sector, checksum) + parity_record(self.stripe_of(array_sector), checksum)
            blocks += [content, content]
        return self.append_raw(records, *blocks)

    def append_raw(self, records, *blocks):
        self.journal.write(self.position, self.journal.meta_block(self.sequence, self.position, records), *blocks)
        self.units.append(self.position)
        self.position = (self.position + 8 * (1 + len(blocks))) % self.journal.ring
        self.sequence += 1
        return self.units[-1]
