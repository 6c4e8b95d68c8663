#include "scenarios/traces/dm_log_writes.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace holdfast::scenarios::traces {
namespace {

using Kind = sim::Request::Kind;

constexpr std::uint64_t version_known = 1;
constexpr std::uint64_t sector_size_min = 512, sector_size_max = 65'536;

constexpr std::uint64_t flag_flush = 1, flag_fua = 2, flag_discard = 4, flag_mark = 8;
constexpr std::uint64_t flags_known = 31;

// Of the first sector, then of an entry.
constexpr std::size_t version_at = 8, nr_entries_at = 16, sectorsize_at = 24;
constexpr std::size_t nr_sectors_at = 8, flags_at = 16;

std::uint64_t end_of(std::istream& from) {
  from.clear();
  from.seekg(0, std::ios::end);
  auto end = from.tellg();
  return end < 0 ? 0 : static_cast<std::uint64_t>(end);
}

}  // namespace

tl::unexpected<Fault> DmLogWrites::fault(std::uint64_t offset, std::string_view field,
                                         std::string message) const {
  Fault fault;
  fault.offset = offset;
  fault.field = field;
  fault.message = std::move(message);
  return tl::unexpected<Fault>(std::move(fault));
}

Read<bool> DmLogWrites::read_at(std::uint64_t offset, MutableBytes into, std::string_view what) {
  if (offset > size_ || into.size() > size_ - offset)
    return fault(offset, what,
                 fmt::format("the log ends at byte {}: it is cut off, copy all of it", size_));
  from_.clear();
  from_.seekg(static_cast<std::streamoff>(offset));
  from_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  if (!from_) return fault(offset, what, "can't be read");
  return true;
}

Read<bool> DmLogWrites::read_super() {
  size_ = end_of(from_);
  std::array<std::byte, log_super_bytes> bytes{};
  if (auto read = read_at(0, bytes, "superblock"); !read) return read;
  auto magic = load_le<std::uint64_t>(bytes, 0);
  if (magic != log_magic)
    return fault(0, "magic", fmt::format("found 0x{:x}, expected 0x{:x}", magic, log_magic));
  auto version = load_le<std::uint64_t>(bytes, version_at);
  if (version != version_known)
    return fault(version_at, "version",
                 fmt::format("found {}, expected {}", version, version_known));
  auto sector_size = load_le<std::uint32_t>(bytes, sectorsize_at);
  if (!std::has_single_bit(sector_size) || sector_size < sector_size_min ||
      sector_size > sector_size_max)
    return fault(sectorsize_at, "sectorsize",
                 fmt::format("found {}, expected a power of two from {} to {}", sector_size,
                             sector_size_min, sector_size_max));
  sector_size_ = at_ = sector_size;
  entries_ = load_le<std::uint64_t>(bytes, nr_entries_at);
  return true;
}

Read<std::optional<Item>> DmLogWrites::next() {
  if (sector_size_ == 0)
    if (auto super = read_super(); !super) return tl::unexpected(super.error());
  while (entry_ < entries_) {
    auto item = read_entry();
    if (!item || *item) return item;
    ++others_;
  }
  return std::optional<Item>();
}

Read<std::optional<Item>> DmLogWrites::read_entry() {
  std::array<std::byte, log_entry_bytes> bytes{};
  if (auto read = read_at(at_, bytes, fmt::format("entry {} of {}", entry_, entries_)); !read)
    return tl::unexpected(read.error());
  auto sector = load_le<std::uint64_t>(bytes, 0);
  auto sectors = load_le<std::uint64_t>(bytes, nr_sectors_at);
  auto flags = load_le<std::uint64_t>(bytes, flags_at);
  std::uint64_t sector_max = byte_max / sector_size_;
  if (sector > sector_max)
    return fault(at_, "sector",
                 fmt::format("found {}, expected a device of 2^63 bytes at most", sector));
  if (sectors > sector_max - sector)
    return fault(at_ + nr_sectors_at, "nr_sectors",
                 fmt::format("found {}, expected a device of 2^63 bytes at most", sectors));
  if ((flags & ~flags_known) != 0)
    return fault(at_ + flags_at, "flags",
                 fmt::format("found 0x{:x}, expected 0 to 0x{:x}", flags, flags_known));
  std::uint64_t data = (flags & flag_discard) != 0 ? 0 : sectors * sector_size_;
  std::uint64_t room = size_ - at_ - std::min(size_ - at_, sector_size_);
  if (data > room)
    return fault(at_ + nr_sectors_at, "nr_sectors",
                 fmt::format("found {}: the data end behind the log, at byte {}; it is cut off, "
                             "copy all of it",
                             sectors, size_));
  at_ += sector_size_ + data;
  ++entry_;
  return item_of(sector, sectors, flags);
}

Read<std::optional<Item>> DmLogWrites::item_of(std::uint64_t sector, std::uint64_t sectors,
                                               std::uint64_t flags) {
  if ((flags & flag_mark) != 0) return std::optional<Item>();
  Item item;
  bool is_flush = (flags & flag_flush) != 0;
  if (sectors == 0) return is_flush ? std::optional(item) : std::nullopt;
  bool is_discard = (flags & flag_discard) != 0;
  item.request.kind = is_discard ? Kind::discard : Kind::write;
  item.request.first_byte = sector * sector_size_;
  item.request.bytes = sectors * sector_size_;
  if (!is_discard) item.request.flags = WriteFlags((flags & flag_fua) != 0, is_flush);
  return item;
}

}  // namespace holdfast::scenarios::traces
