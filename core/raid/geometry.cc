#include "core/raid/geometry.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace holdfast::raid {

namespace {

// md's layout numbers.
enum : int {
  left_asymmetric = 0,
  right_asymmetric = 1,
  left_symmetric = 2,
  right_symmetric = 3,
  parity_first = 4,
  parity_last = 5,
  ddf_zero_restart = 8,
  ddf_n_restart = 9,
  ddf_n_continue = 10,
  left_asymmetric_6 = 16,
  right_asymmetric_6 = 17,
  left_symmetric_6 = 18,
  right_symmetric_6 = 19,
  parity_first_6 = 20,
};

constexpr std::array raid4_layouts{LayoutName{0, "parity-last"}, LayoutName{5, "parity-last"}};

constexpr std::array raid5_layouts{
    LayoutName{left_asymmetric, "left-asymmetric"},
    LayoutName{right_asymmetric, "right-asymmetric"},
    LayoutName{left_symmetric, "left-symmetric"},
    LayoutName{right_symmetric, "right-symmetric"},
    LayoutName{parity_first, "parity-first"},
    LayoutName{parity_last, "parity-last"},
};

constexpr std::array raid6_layouts{
    LayoutName{left_asymmetric, "left-asymmetric"},
    LayoutName{right_asymmetric, "right-asymmetric"},
    LayoutName{left_symmetric, "left-symmetric"},
    LayoutName{right_symmetric, "right-symmetric"},
    LayoutName{parity_first, "parity-first"},
    LayoutName{parity_last, "parity-last"},
    LayoutName{ddf_zero_restart, "ddf-zero-restart"},
    LayoutName{ddf_n_restart, "ddf-N-restart"},
    LayoutName{ddf_n_continue, "ddf-N-continue"},
    LayoutName{left_asymmetric_6, "left-asymmetric-6"},
    LayoutName{right_asymmetric_6, "right-asymmetric-6"},
    LayoutName{left_symmetric_6, "left-symmetric-6"},
    LayoutName{right_symmetric_6, "right-symmetric-6"},
    LayoutName{parity_first_6, "parity-first-6"},
};

constexpr std::array short_names{
    LayoutName{left_asymmetric, "la"},
    LayoutName{right_asymmetric, "ra"},
    LayoutName{left_symmetric, "ls"},
    LayoutName{right_symmetric, "rs"},
};

// 2^8 - 1 different powers of 2 in GF(2^8); a DDF layout uses one per role.
constexpr std::uint64_t raid6_disks_most = 255;
constexpr std::uint64_t raid_disks_most = 1920;  // what the superblock can name

// Where P turns from the last role towards the first, over so many roles.
int leftwards(std::uint64_t row, int roles) {
  return roles - 1 - static_cast<int>(row % static_cast<std::uint64_t>(roles));
}

int rightwards(std::uint64_t row, int roles) {
  return static_cast<int>(row % static_cast<std::uint64_t>(roles));
}

Decoded<Level> level_of(int number) {
  if (number == 4) return Level::raid4;
  if (number == 5) return Level::raid5;
  if (number == 6) return Level::raid6;
  return bad_format(0, "level", fmt::format("found {}, expected 4, 5 or 6", number));
}

tl::expected<void, FormatError> check_raid_disks(Level level, std::uint64_t disks) {
  std::uint64_t least = level == Level::raid6 ? 4 : 3;
  std::uint64_t most = level == Level::raid6 ? raid6_disks_most : raid_disks_most;
  if (disks >= least && disks <= most) return {};
  return bad_format(0, "raid_disks",
                    fmt::format("found {}, expected {} to {} members for {}", disks, least, most,
                                name_of(level)));
}

tl::expected<void, FormatError> check_layout(Level level, std::uint64_t layout) {
  auto known = layouts_of(level);
  if (std::ranges::any_of(known, [&](const LayoutName& one) {
        return static_cast<std::uint64_t>(one.number) == layout;
      }))
    return {};
  std::string numbers;
  for (const LayoutName& one : known)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", one.number);
  return bad_format(
      0, "layout",
      fmt::format("found {}, expected one of {} for {}", layout, numbers, name_of(level)));
}

tl::expected<void, FormatError> check_chunk(Sectors chunk) {
  if (std::has_single_bit(chunk.value) && chunk.value >= 8 && chunk.value <= 1u << 31) return {};
  return bad_format(
      0, "chunk",
      fmt::format("found {} sectors, expected a power of two from 8 (4 KiB) on", chunk.value));
}

tl::expected<void, FormatError> check_size(Sectors used, Sectors chunk, std::uint64_t data_disks) {
  if (used < chunk)
    return bad_format(
        0, "size",
        fmt::format("found {} sectors, expected at least one chunk ({})", used.value, chunk.value));
  std::uint64_t most =
      (std::uint64_t{std::numeric_limits<std::int64_t>::max()} / sector_bytes) / data_disks;
  if (used.value <= most) return {};
  return bad_format(0, "size",
                    fmt::format("found {} sectors, expected at most {}: the array would "
                                "pass 2^63 bytes",
                                used.value, most));
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::raid4: return "raid4";
    case Level::raid5: return "raid5";
    case Level::raid6: return "raid6";
  }
  check(false, "a level is 4, 5 or 6");
  return {};
}

std::span<const LayoutName> layouts_of(Level level) {
  switch (level) {
    case Level::raid4: return raid4_layouts;
    case Level::raid5: return raid5_layouts;
    case Level::raid6: return raid6_layouts;
  }
  check(false, "a level is 4, 5 or 6");
  return {};
}

std::string_view layout_name(Level level, int layout) {
  for (const LayoutName& one : layouts_of(level))
    if (one.number == layout) return one.name;
  return {};
}

std::optional<int> layout_number(Level level, std::string_view name) {
  for (const LayoutName& one : layouts_of(level))
    if (one.name == name) return one.number;
  if (level == Level::raid4) return std::nullopt;
  for (const LayoutName& one : short_names)
    if (one.name == name) return one.number;
  return std::nullopt;
}

Decoded<Geometry> Geometry::make(int level, std::uint64_t layout, std::uint64_t raid_disks,
                                 Sectors chunk, Sectors member_sectors) {
  auto known = level_of(level);
  if (!known) return tl::unexpected(known.error());
  if (auto fine = check_raid_disks(*known, raid_disks); !fine) return tl::unexpected(fine.error());
  if (auto fine = check_layout(*known, layout); !fine) return tl::unexpected(fine.error());
  if (auto fine = check_chunk(chunk); !fine) return tl::unexpected(fine.error());
  auto parities = static_cast<std::uint64_t>(parity_disks_of(*known));
  if (auto fine = check_size(member_sectors, chunk, raid_disks - parities); !fine)
    return tl::unexpected(fine.error());

  Geometry made;
  made.level = *known;
  made.layout = static_cast<int>(layout);
  made.raid_disks = static_cast<int>(raid_disks);
  made.chunk = chunk;
  made.member_sectors = member_sectors - member_sectors % chunk;
  return made;
}

RowMap Geometry::row(std::uint64_t number) const {
  int disks = raid_disks;
  RowMap map;
  map.raid_disks_ = disks;
  if (level == Level::raid6)
    map.place_raid6(layout, number);
  else
    map.place_raid5(level == Level::raid4 ? parity_last : layout, number);
  return map;
}

void RowMap::place_raid5(int layout, std::uint64_t row) {
  int disks = raid_disks_;
  switch (layout) {
    case left_asymmetric: return ascending(leftwards(row, disks), none);
    case right_asymmetric: return ascending(rightwards(row, disks), none);
    case left_symmetric: return round(leftwards(row, disks), none, 1, disks);
    case right_symmetric: return round(rightwards(row, disks), none, 1, disks);
    case parity_first: return ascending(0, none);
    case parity_last: return ascending(disks - 1, none);
    default: check(false, "a geometry has a layout of its level");
  }
}

void RowMap::place_raid6(int layout, std::uint64_t row) {
  int disks = raid_disks_;
  int others = disks - 1;  // the "-6" layouts: RAID-5 over these, Q on the last
  auto next = [disks](int role) { return role + 1 == disks ? 0 : role + 1; };
  int left = leftwards(row, disks);
  int right = rightwards(row, disks);
  exponents_are_roles_ =
      layout == ddf_zero_restart || layout == ddf_n_restart || layout == ddf_n_continue;
  switch (layout) {
    case left_asymmetric: return ascending(left, next(left));
    case right_asymmetric: return ascending(right, next(right));
    case left_symmetric: return round(left, next(left), 2, disks);
    case right_symmetric: return round(right, next(right), 2, disks);
    case parity_first: return ascending(0, 1);
    case parity_last: return ascending(disks - 2, disks - 1);
    case ddf_zero_restart: return ascending(right, next(right));
    case ddf_n_restart: {
      int p = leftwards(row + 1, disks);
      return ascending(p, next(p));
    }
    case ddf_n_continue: return round(left, left == 0 ? disks - 1 : left - 1, 1, disks);
    case left_asymmetric_6: return ascending(leftwards(row, others), others);
    case right_asymmetric_6: return ascending(rightwards(row, others), others);
    case left_symmetric_6: return round(leftwards(row, others), others, 1, others);
    case right_symmetric_6: return round(rightwards(row, others), others, 1, others);
    case parity_first_6: return ascending(0, others);
    default: check(false, "a geometry has a layout of its level");
  }
}

void RowMap::ascending(int p, int q) {
  place_parity(p, q);
  low_ = q == none ? p : std::min(p, q);
  high_ = q == none ? raid_disks_ : std::max(p, q);
}

void RowMap::round(int p, int q, int behind_p, int roles) {
  place_parity(p, q);
  ring_ = roles;
  first_ = (p + behind_p) % roles;
}

void RowMap::place_parity(int p, int q) {
  p_ = p;
  q_ = q;
  if (q == none) return;
  p_behind_q_ = p > q ? p - q - 1 : p - q - 1 + raid_disks_;
}

}  // namespace holdfast::raid
