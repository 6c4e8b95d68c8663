// How a disk deceives: lies about durability (T4); writes and reads that go astray, and commands that take very long (T5).

#include <algorithm>

#include "sim/disk_request.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;
constexpr Nanoseconds stall = Nanoseconds::of_milliseconds(30'000);
constexpr std::uint64_t erase_block_sectors = (32 << 10) / sector_bytes;

}  // namespace

bool Disk::lies(const Request& request, Family family, std::uint32_t parts_per_million) {
  Key key(family, media_.number(), request.name.first.value, request.name.nth,
          static_cast<std::uint32_t>(request.kind));
  bool is_spared = !request.extent.empty() && media_.is_spared(request.extent);
  return !is_spared && ports_.choices.chance(key, parts_per_million);
}

void Disk::tell(const std::vector<Extent>& damaged) {
  if (!tell_damage_) return;
  for (const Extent& extent : damaged) tell_damage_(extent);
}

// How many pages further on (around the end) a request goes astray; 0: it has nowhere to go.
std::uint64_t Disk::pages_away(const Request& request, Family family) {
  std::uint64_t pages = limits().sectors.value / page_sectors;
  std::uint64_t first = request.extent.first.value / page_sectors;
  std::uint64_t count = (request.extent.end().value + page_sectors - 1) / page_sectors - first;
  if (count >= pages) return 0;
  constexpr std::uint32_t where = 0x100;  // beside the kinds of requests, which say whether
  Key key(family, media_.number(), request.name.first.value, request.name.nth, where);
  std::uint64_t to = ports_.choices.choose(key, pages - count);
  if (to >= first) ++to;
  Extent there(Lba(to * page_sectors), Sectors(count * page_sectors));
  return media_.is_spared(there) ? 0 : to - first;  // modulo 2^64
}

bool Disk::misdirects_read(Request& request) {
  if (!lies(request, Family::misdirected_read, faults_.misdirected_read_ppm)) return false;
  std::uint64_t away = pages_away(request, Family::misdirected_read);
  Lba there(request.extent.first.value + away * page_sectors);
  if (away == 0 || media_.unreadable_in(Extent(there, request.extent.count))) return false;
  media_.read(there, request.slices);
  media_.did(Misdeed::misdirected_read);
  tell(media_.unlike(media_.cut(request.extent.first, request.slices)));
  return true;
}

bool Disk::loses(const Request& request) {
  if (request.pieces.empty()) return false;
  if (!lies(request, Family::lost_write, faults_.lost_write_ppm)) return false;
  media_.did(Misdeed::lost_write);
  tell(media_.unlike(request.pieces));
  return true;
}

bool Disk::misdirects(Request& request) {
  if (request.pieces.empty()) return false;
  if (!lies(request, Family::misdirected_write, faults_.misdirected_write_ppm)) return false;
  std::uint64_t away = pages_away(request, Family::misdirected_write);
  if (away == 0) return false;
  std::vector<Extent> damaged = media_.unlike(request.pieces);
  RequestName name = request.name;
  name.first = Lba(name.first.value + away * page_sectors);
  for (Piece& piece : request.pieces) piece.page += away;
  for (const Extent& hit : media_.unlike(request.pieces)) damaged.push_back(hit);
  media_.complete(request.pieces, name, request.is_fua);
  media_.did(Misdeed::misdirected_write);
  tell(damaged);
  return true;
}

// What was promised is lost, and maybe one erase block returns to what it held when this boot began.
void Disk::lose_power(std::uint64_t nth_cut, Fates& fates) {
  tell(media_.power_cut(stop_transfers(), nth_cut, ports_.choices, fates));
  Key key(Family::rollback, media_.number(), 0, nth_cut, 0);
  if (!ports_.choices.chance(key, faults_.rollback_ppm)) return;
  std::uint64_t blocks = (limits().sectors.value + erase_block_sectors - 1) / erase_block_sectors;
  key.fragment = 1;
  Lba first(ports_.choices.choose(key, blocks) * erase_block_sectors);
  Extent region(first,
                std::min(Sectors(erase_block_sectors), limits().sectors - Sectors(first.value)));
  if (!media_.is_spared(region)) tell(media_.roll_back(region));
}

Nanoseconds Disk::stall_of(const Request& request) {
  Key key(Family::stall, media_.number(), request.name.first.value, request.name.nth,
          static_cast<std::uint32_t>(request.kind) * 4 + static_cast<std::uint32_t>(request.step));
  if (!ports_.choices.chance(key, faults_.stall_ppm)) return {};
  media_.did(Misdeed::stall);
  return stall;
}

}  // namespace holdfast::sim
