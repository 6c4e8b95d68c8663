// What a power cut, the loss of a device or a crash of the host leaves on the media.

#include <array>

#include <boost/container/flat_set.hpp>

#include "sim/media.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;

// Sectors of which the last promised version was lost or torn, and nothing newer came over it.
class BrokenPromises {
 public:
  void met(const Piece& piece, unsigned landed, unsigned torn, bool is_promised) {
    if (!is_promised && broken_.empty()) return;
    for (unsigned at = 0; at < page_sectors; ++at) {
      if (!(piece.sectors >> at & 1)) continue;
      std::uint64_t sector = piece.page * page_sectors + at;
      bool is_whole = (landed >> at & 1) != 0;
      if (is_promised && !is_whole) broken_.insert(sector);
      if (is_whole || (!is_promised && (torn >> at & 1))) broken_.erase(sector);
    }
  }
  std::vector<Extent> extents() const {
    std::vector<Extent> extents;
    for (std::uint64_t sector : broken_) add_sector(extents, Lba(sector));
    return extents;
  }

 private:
  boost::container::flat_set<std::uint64_t> broken_;
};

}  // namespace

std::uint32_t Media::fragment_of(const RequestName& name, const Piece& piece,
                                 unsigned sector) const {
  if (name.is_single) return 0;
  std::uint64_t at = piece.page * page_sectors + sector - name.first.value;
  return static_cast<std::uint32_t>(at / block_sectors_);
}

// One cut has one temper for each device, so that rare patterns are met: everything landed, everything is lost, …
Media::Odds Media::odds_of(std::uint64_t nth_cut, std::uint32_t part, Choices& choices) const {
  constexpr std::array<std::uint32_t, 8> lost_ppm{0,       1'000'000, 500'000, 500'000,
                                                  125'000, 875'000,   30'000,  970'000};
  std::uint64_t temper =
      choices.choose(Key(Family::cut_pattern, number_, 0, nth_cut, part), lost_ppm.size());
  return {lost_ppm[temper], spec_.tears() && temper != 0 ? 200'000u : 0u};
}

Media::Split Media::split(const Piece& piece, const RequestName& name, Family family, Odds odds,
                          Choices& choices) const {
  Split parts;
  auto block = static_cast<std::uint8_t>((1u << block_sectors_) - 1);
  for (unsigned sector = 0; sector < page_sectors; sector += block_sectors_) {
    auto here = static_cast<std::uint8_t>(block << sector & piece.sectors);
    if (here == 0) continue;
    Key key(family, number_, name.first.value, name.nth, fragment_of(name, piece, sector));
    if (name.is_single) here = piece.sectors;
    if (!choices.chance(key, odds.lost)) parts.landed |= here;
    key.family = Family::tears;
    if (odds.torn != 0 && may_tear(piece, name) && choices.chance(key, odds.torn))
      parts.torn |= here;
    if (name.is_single) break;
  }
  parts.landed &= static_cast<std::uint8_t>(~parts.torn);
  return parts;
}

// One entry for each run of sectors with one fate.
void Media::report(const Piece& piece, Split parts, bool was_completed, Fates& fates) {
  auto fate_of = [&](unsigned at) {
    return (piece.sectors >> at & 1) | (parts.landed >> at & 1) << 1 | (parts.torn >> at & 1) << 2;
  };
  for (unsigned from = 0, end = 0; from < page_sectors; from = end) {
    int fate = fate_of(from);
    while (end < page_sectors && fate_of(end) == fate) ++end;
    if (fate == 0) continue;
    Extent extent(Lba(piece.page * page_sectors + from), Sectors(end - from));
    fates.push_back({extent, was_completed, (fate & 2) != 0, (fate & 4) != 0});
  }
}

Media::Split Media::land(const Piece& piece, const RequestName& name, Odds odds, bool was_completed,
                         Choices& choices, Fates& fates) {
  Split parts = split(piece, name, Family::lands, odds, choices);
  put(durable_, piece, parts.landed);
  rewrite(piece, parts.landed, true);
  if (parts.torn != 0) tear(piece, parts.torn, name, choices);
  report(piece, parts, was_completed, fates);
  return parts;
}

void Media::tear(const Piece& piece, std::uint8_t torn, const RequestName& name, Choices& choices) {
  if (spec_.tears_inside()) return tear_inside(piece, torn, name, choices);
  rewrite(piece, torn, true);
  put(durable_, Piece(piece.page, arbitrary_page(name.first.value + name.nth), torn), torn);
}

std::vector<Extent> Media::power_cut(std::span<const InFlight> in_flight, std::uint64_t nth_cut,
                                     Choices& choices, Fates& fates) {
  BrokenPromises broken;
  Odds completed = odds_of(nth_cut, 0, choices);
  for (const Version& version : versions_) {
    if (version.piece.sectors == 0) continue;
    Split parts = land(version.piece, version.name, completed, true, choices, fates);
    broken.met(version.piece, parts.landed, parts.torn, version.is_promised);
  }
  Odds flying = odds_of(nth_cut, 1, choices);
  for (const InFlight& request : in_flight)
    for (const Piece& piece : request.pieces) {
      Split parts = land(piece, request.name, flying, false, choices, fates);
      broken.met(piece, parts.landed, parts.torn, false);
    }
  versions_.clear();
  forget_rewrites();
  visible_ = durable_;
  hides_losses_ = false;
  return broken.extents();
}

void Media::host_crash(std::span<const InFlight> in_flight, std::uint64_t nth_cut, Choices& choices,
                       Fates& fates) {
  Odds odds = odds_of(nth_cut, 1, choices);
  odds.torn = 0;
  for (const InFlight& request : in_flight) {
    ++completed_;
    for (const Piece& piece : request.pieces) {
      Split parts = split(piece, request.name, Family::takes_effect, odds, choices);
      join(piece, parts.landed, request.name, false);
      report(piece, parts, false, fates);
    }
  }
}

}  // namespace holdfast::sim
