// Arbitrary bytes as the ring of a write journal: read to an end, whatever they say; never a crash.
//
//   input   byte 0: which array (those of tests/core/raid/journal_blocks_by_linux.h), byte 1: blocks of the ring - 1,
//           byte 2: the tail, then block after block from the tail on: flags, u16 bytes, the bytes; zeros follow
//   Flags say what is mended, so that what lies behind a checksum is reached, and what can't be read.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "core/base/check.h"
#include "core/base/checksum.h"
#include "core/raid/journal/scan.h"
#include "tests/fuzz/linux_arrays.h"

using namespace holdfast;
using namespace holdfast::raid;
using namespace holdfast::raid::journal;

namespace {

constexpr Sectors front(8);  // of the device, before the ring

enum Flag : std::uint8_t {
  mend_header = 1,  // magic, version, position, and the next sequence number
  mend_records = 2,  // types, sizes and locations
  mend_pages = 4,  // the checksums of the pages
  mend_checksum = 8,
  unreadable = 16,
};

// A device that answers at once.
class RingDisk final : public BlockDevice {
 public:
  explicit RingDisk(std::uint64_t blocks) : bytes_(blocks * block_bytes) {
    limits_.sectors = front + block_sectors * blocks;
  }
  MutableBytes block(std::uint64_t number) {
    return MutableBytes(bytes_).subspan(number * block_bytes, block_bytes);
  }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override {
    check(check_request(limits_, first, into).has_value(), "a scan stays on its device");
    check(first.value >= front.value, "a scan stays in its ring");
    std::uint64_t at = (first - front).value * sector_bytes, length = bytes_of(into);
    for (std::uint64_t block = at / block_bytes; block * block_bytes < at + length; ++block)
      if (bad.contains(block))
        co_return io_error(IoErrorKind::media, first + block_sectors * (block - at / block_bytes));
    copy(Bytes(bytes_).subspan(at, length), into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba, Pages, WriteFlags) override { return refuse(); }
  Task<IoResult> flush() override { return refuse(); }
  Task<IoResult> discard(Extent) override { return refuse(); }
  Task<IoResult> write_zeroes(Extent, WriteFlags) override { return refuse(); }

  std::set<std::uint64_t> bad;

 private:
  Task<IoResult> refuse() {
    check(false, "a scan writes nothing");
    co_return IoResult{};
  }

  DeviceLimits limits_;
  std::vector<std::byte> bytes_;
};

template <class T>
T done(Task<T> task) {
  Arrivals arrivals(1);
  task.start(arrivals);
  check(task.is_done(), "the disk answers at once");
  return task.take();
}

// The records of a block, one after another, as far as they make sense; `visit` gets kind and room.
template <class Visit>
void walk_records(MutableBytes block, Visit visit) {
  std::size_t at = header_bytes;
  std::size_t end = std::min<std::size_t>(load_le<std::uint32_t>(block, 12), block_bytes);
  while (at + 8 <= end) {
    std::size_t bytes = visit(block.subspan(at, end - at));
    if (bytes == 0) break;
    at += bytes;
  }
  if (at < end || end < header_bytes) store_le(block, 12, static_cast<std::uint32_t>(at));
}

// Makes the record a right one; its size, 0 if it does not fit.
std::size_t mend_record(MutableBytes room, const Geometry& geometry) {
  auto kind = static_cast<std::uint16_t>(load_le<std::uint16_t>(room, 0) % 3);
  store_le(room, 0, kind);
  auto count = static_cast<std::uint32_t>(geometry.parity_disks());
  std::uint32_t flushed = 8 * (1 + load_le<std::uint32_t>(room, 4) % 3);
  std::array sizes{std::uint32_t{8}, 8 * count, flushed};
  std::array bytes{data_record_bytes, parity_record_bytes(static_cast<int>(count)), 8 + flushed};
  if (room.size() < bytes[kind]) return 0;
  store_le(room, 4, sizes[kind]);
  std::uint64_t space = (kind == 0 ? geometry.capacity() : geometry.member_sectors).value;
  for (std::size_t at = 8; at + 8 <= (kind == 2 ? bytes[kind] : 16); at += 8)
    store_le(room, at, load_le<std::uint64_t>(room, at) % space / 8 * 8);
  return bytes[kind];
}

class Input {
 public:
  explicit Input(Bytes bytes)
      : array_(*tests::linux_arrays()[static_cast<std::size_t>(bytes[0]) % 3]),
        geometry(tests::geometry_of(array_)),
        seed(tests::uuid_of(array_)),
        blocks(1 + static_cast<std::uint64_t>(bytes[1]) % 64),
        tail(block_sectors * (static_cast<std::uint64_t>(bytes[2]) % blocks)),
        disk(blocks) {
    fill(bytes.subspan(3));
    mend();
  }

 private:
  const tests::LinuxMetaBlock& array_;

 public:
  Geometry geometry;
  Seed seed;
  std::uint64_t blocks;
  Sectors tail;
  RingDisk disk;

 private:
  std::uint64_t number_of(std::uint64_t nth) const { return (tail / block_sectors + nth) % blocks; }
  void fill(Bytes bytes);
  void mend();
  void mend_pages_of(std::uint64_t nth);

  std::vector<std::uint8_t> flags_;
};

void Input::fill(Bytes bytes) {
  while (bytes.size() >= 3 && flags_.size() < blocks) {
    auto length =
        std::min<std::size_t>({load_le<std::uint16_t>(bytes, 1), bytes.size() - 3, block_bytes});
    std::ranges::copy(bytes.subspan(3, length), disk.block(number_of(flags_.size())).begin());
    flags_.push_back(static_cast<std::uint8_t>(bytes[0]));
    bytes = bytes.subspan(3 + length);
  }
}

// Backwards: the pages of a unit are final when their checksums are made.
void Input::mend() {
  std::uint64_t sequence = 1'000'000;
  for (std::uint64_t nth = flags_.size(); nth-- > 0;) {
    MutableBytes block = disk.block(number_of(nth));
    if (flags_[nth] & unreadable) disk.bad.insert(number_of(nth));
    if (flags_[nth] & mend_header) {
      store_le<std::uint32_t>(block, 0, 0x6433c509);
      store_le<std::uint8_t>(block, 8, 1);
      store_le<std::uint64_t>(block, 16, --sequence);
      store_le<std::uint64_t>(block, 24, number_of(nth) * block_sectors.value);
    }
    if (flags_[nth] & mend_records)
      walk_records(block, [&](MutableBytes room) { return mend_record(room, geometry); });
    if (flags_[nth] & mend_pages) mend_pages_of(nth);
    if (flags_[nth] & mend_checksum) {
      store_le<std::uint32_t>(block, 4, 0);
      store_le(block, 4, seed.of_page(block));
    }
  }
}

void Input::mend_pages_of(std::uint64_t nth) {
  std::uint64_t next = nth;
  walk_records(disk.block(number_of(nth)), [&](MutableBytes room) -> std::size_t {
    auto kind = load_le<std::uint16_t>(room, 0);
    auto size = load_le<std::uint32_t>(room, 4);
    if (kind == 2) return size <= room.size() - 8 ? 8 + size : 0;
    std::size_t pages = size / 8;
    if (kind > 1 || pages < 1 || pages > 2 || 16 + 4 * pages > room.size()) return 0;
    for (std::size_t i = 0; i < pages; ++i)
      store_le(room, 16 + 4 * i, seed.of_page(disk.block(number_of(++next))));
    return 16 + 4 * pages;
  });
}

// The bytes that nobody reads as zeros, if every record is one of ours.
std::optional<std::vector<std::byte>> canonical(Bytes block, const MetaBlock& meta, Seed seed) {
  std::vector<std::byte> bytes(block.begin(), block.end());
  MutableBytes all(bytes);
  std::fill_n(bytes.begin() + 9, 3, std::byte{0});
  std::size_t at = header_bytes;
  for (const Record& record : meta.records) {
    if (record.kind == RecordKind::flush && load_le<std::uint32_t>(block, at + 4) != 8)
      return std::nullopt;
    store_le<std::uint16_t>(all, at + 2, 0);
    at += record.kind == RecordKind::flush ? 16 : 16 + 4 * static_cast<std::size_t>(record.pages);
  }
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), std::byte{0});
  store_le<std::uint32_t>(all, 4, 0);
  store_le(all, 4, seed.of_page(bytes));
  return bytes;
}

void write_again(Bytes block, const MetaBlock& meta, const Input& input) {
  MetaBlockWriter writer(input.seed, meta.sequence, meta.position);
  for (const Record& record : meta.records) {
    if (!writer.has_room(parity_record_bytes(2))) return;  // flush records were cut in pieces
    if (record.kind == RecordKind::flush)
      writer.flush(record.location);
    else if (record.kind == RecordKind::data)
      writer.data(record.location, record.checksums[0]);
    else if (record.pages == 1)
      writer.parity(record.location, record.checksums[0]);
    else
      writer.parity(record.location, record.checksums[0], record.checksums[1]);
  }
  check(writer.pages() == meta.pages(), "the writer counts the same pages");
  Page ours = writer.finish();
  MetaRead again =
      decode_meta_block(ours.bytes(), input.seed, input.geometry, meta.position, meta.sequence);
  check(again.block == meta && !again.problem, "decode(encode(x)) is x");
  if (auto bytes = canonical(block, meta, input.seed))
    check(std::ranges::equal(*bytes, ours.bytes()), "encode(decode(x)) is x");
}

void look_at_unit(const ScanStep& step, Input& input) {
  check(step.meta.position == step.position, "a unit stands where it says");
  check(step.pages.size() == static_cast<std::size_t>(step.meta.pages()), "a page for each record");
  std::size_t number = 0;
  for (const Record& record : step.meta.records) {
    Sectors space =
        record.kind == RecordKind::data ? input.geometry.capacity() : input.geometry.member_sectors;
    check(record.location.value < space.value && record.location.value % 8 == 0,
          "locations are in the array");
    for (int i = 0; i < record.pages; ++i, ++number) {
      const Page& page = step.pages[number];
      check(page || step.kind == ScanStep::Kind::damaged, "pages of a unit are there");
      check(!page ||
                input.seed.of_page(page.bytes()) == record.checksums[static_cast<std::size_t>(i)],
            "pages are what the record says");
    }
  }
  write_again(input.disk.block(step.position.value / block_sectors.value), step.meta, input);
}

void scan(Input& input, const JournalRules& rules) {
  Ring ring(input.disk, Lba(front.value), block_sectors * input.blocks + Sectors(7));
  Scan scan(ring, input.seed, input.geometry, rules, Lba(input.tail.value));
  for (std::uint64_t steps = 0;; ++steps) {
    check(steps <= input.blocks, "every step goes on");
    std::optional<Sequence> expected = scan.expected();
    std::uint64_t passed = scan.passed_blocks();
    auto step = done(scan.next());
    check(step.has_value(), "media errors are no end");
    check(scan.passed_blocks() <= input.blocks, "no block is read twice");
    check(scan.position().value % 8 == 0 && scan.position().value < ring.size().value,
          "positions are in the ring");
    if (step->kind == ScanStep::Kind::end) break;
    check(scan.passed_blocks() > passed, "every step goes on");
    if (step->kind == ScanStep::Kind::skipped) {
      check(expected && *scan.expected() > *expected, "numbers rise");
      continue;
    }
    check(!expected || step->meta.sequence == *expected, "a unit has the next number");
    check(step->problem.has_value() == (step->kind == ScanStep::Kind::damaged),
          "what is wrong is said");
    look_at_unit(*step, input);
  }
  auto again = done(scan.next());
  check(again && again->kind == ScanStep::Kind::end, "the end stays");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Input input(Bytes(reinterpret_cast<const std::byte*>(data), size));
  JournalRules rules;
  scan(input, rules);
  return 0;
}
