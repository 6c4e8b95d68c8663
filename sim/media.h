// What of a disk survives the power, and what may: the durable blocks, and the completed versions above them.
//
//   visible  = durable d, then V in order of completion       what reads see
//   complete()      a write joins V; without a volatile cache, or with FUA, it goes into d
//   make_durable()  the prefix of V that had completed when the flush was submitted goes into d
//   power_cut()     any subset of V and of the writes in flight goes into d, fragment by fragment, in order of completion
//
//   M1  A version below a durable one on the same block is forgotten: it never returns.
//   M2  A write that fits the atomic unit is one fragment, any other is cut into logical blocks.
//   M3  A copy shares every page: it costs references, not bytes.
//   M4  Silent damage is what was told to be durable, or read, and is not so: each sector is told once it is wrong, and only
//       if its bytes differ.
//   Owned by the world, across boots; a Disk (sim/disk.h) is one boot's way to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "core/base/page.h"
#include "core/base/types.h"
#include "sim/choices.h"
#include "sim/disk_spec.h"
#include "sim/sparse_table.h"

namespace holdfast::sim {

// What one request changes in one page.
struct Piece {
  std::uint64_t page = 0;  // number on the device
  Page data;  // 4 KiB, of which `sectors` count
  std::uint8_t sectors = 0;  // bit i: sector i of the page

  Piece() = default;
  Piece(std::uint64_t number, Page bytes, std::uint8_t mask)
      : page(number), data(std::move(bytes)), sectors(mask) {}
};
using Pieces = boost::container::small_vector<Piece, 2>;

// Which request it is: the place in its keys.
struct RequestName {
  Lba first;
  std::uint64_t nth = 0;  // among those of its kind that begin in this page
  bool is_single = false;  // fits the atomic unit: one fragment
};

// What became of some fragments of one write at a power cut, device loss or host crash.
struct Fate {
  Extent extent;
  bool was_completed = false;  // else in flight
  bool landed = false;
  bool is_torn = false;  // arbitrary bytes (T2), or bytes of both (T3)
};
using Fates = std::vector<Fate>;

// Where a disk may do what nobody can repair.
struct Zone {
  Extent content;  // what others, or checksums, can make good
  // Outside of the content, where the superblock stands, no write tears inside and nothing is silently wrong.
  bool is_rest_spared = false;
  // Blocks that were being written at a cut may be unreadable afterwards (T3).
  bool loses_blocks = true;
};

// The sector joins the last extent where it adjoins it.
inline void add_sector(std::vector<Extent>& extents, Lba sector) {
  if (!extents.empty() && extents.back().end() == sector)
    extents.back().count += Sectors(1);
  else
    extents.emplace_back(sector, Sectors(1));
}

class Media {
 public:
  // `number` is the device in the keys.
  Media(const DiskSpec& spec, std::uint16_t number, Choices& choices);

  const DiskSpec& spec() const { return spec_; }
  const DeviceLimits& limits() const { return spec_.limits; }
  std::uint16_t number() const { return number_; }

  // At first: the whole device, nothing spared.
  void set_zone(const Zone& zone) { zone_ = zone; }
  bool is_spared(Extent extent) const {
    return zone_.is_rest_spared && !zone_.content.contains(extent);
  }
  void did(Misdeed misdeed) { ++misdeeds_[static_cast<std::size_t>(misdeed)]; }
  std::uint64_t misdeeds(Misdeed of) const { return misdeeds_[static_cast<std::size_t>(of)]; }

  // The bytes of a page as a reader sees it now; valid until the next change.
  const std::byte* visible(std::uint64_t page) const { return bytes_in(visible_, page); }
  // The bytes of a page as a power cut that loses all of V would leave it.
  const std::byte* durable(std::uint64_t page) const { return bytes_in(durable_, page); }
  void read(Lba first, MutablePages into) const;

  // The first sector of the extent that can't be read.
  std::optional<Lba> unreadable_in(Extent extent) const;
  // The logical block around it, until it is durably written again: a rewrite that a power cut takes back was none.
  void make_unreadable(Lba sector);
  // A cut tore something outside of the zone's content, ever.
  bool has_torn_rest() const { return has_torn_rest_; }
  // What can't be read, or couldn't if the power went now.
  std::vector<Lba> unreadable() const;
  void make_all_readable() { unreadable_.clear(), rewritten_.clear(); }

  // Cuts a write into pieces with a copy of its data.
  Pieces cut(Lba first, Pages from) const;
  // The same page everywhere: zeros, or what a discard leaves.
  Pieces cut_filled(Extent extent, const Page& with) const;
  const Page& arbitrary_page(std::uint64_t which) const;
  // Each counts: reads and writes that begin in one page apart, flushes by themselves.
  RequestName name_read(Extent extent);
  RequestName name_write(Extent extent);
  RequestName name_flush();

  // How many writes have completed: what a flush takes along at its submit.
  std::uint64_t completed() const { return completed_; }
  void complete(const Pieces& pieces, const RequestName& name, bool is_durable);
  // A write that failed: each fragment takes effect by choice.
  void complete_in_part(const Pieces& pieces, const RequestName& name, Choices& choices);
  void make_durable(std::uint64_t completed_before);
  // A flush that failed: what it should have made durable does so by choice, the rest never will.
  void fail_flush(std::uint64_t completed_before, Choices& choices);

  // Media_faults.cc: what silent faults do.
  // A flush that lied: what it should have made durable stays where it is, and was promised.
  void promise_durable(std::uint64_t completed_before);
  // A write whose FUA lied.
  void complete_promised(const Pieces& pieces, const RequestName& name);
  // The sectors that don't show what these pieces say.
  std::vector<Extent> unlike(const Pieces& pieces) const;
  // One bit of a sector changes, below whatever the cache holds of it.
  void rot(Lba sector, std::uint64_t bit);
  // What stands durably now is what rollbacks return to.
  void remember() { older_ = durable_; }
  // The sectors that changed by it.
  std::vector<Extent> roll_back(Extent region);

  struct InFlight {
    Pieces pieces;
    RequestName name;
  };
  // `nth_cut` counts the crashes of the run. V is empty afterwards. Answers the sectors that were promised to be durable and
  // are not.
  std::vector<Extent> power_cut(std::span<const InFlight> in_flight, std::uint64_t nth_cut,
                                Choices& choices, Fates& fates);
  // The host dies, the disk lives: V stays; of what was in flight any fragment joins V.
  void host_crash(std::span<const InFlight> in_flight, std::uint64_t nth_cut, Choices& choices,
                  Fates& fates);
  // Before a boot: what failed flushes dropped is no longer seen.
  void reopen();

  std::size_t undurable_pieces() const { return versions_.size(); }

 private:
  using PageTable = SparseTable<Page>;
  struct Version {
    Piece piece;
    RequestName name;
    std::uint64_t order = 0;
    bool is_promised = false;  // to be durable
  };
  struct Begun {  // in one page
    std::uint32_t reads = 0;
    std::uint32_t writes = 0;
  };
  struct Split {  // of a piece's sectors
    std::uint8_t landed = 0;
    std::uint8_t torn = 0;
  };
  struct Odds {  // in parts per million, for each fragment
    std::uint32_t lost = 0;
    std::uint32_t torn = 0;
  };

  const std::byte* bytes_in(const PageTable& table, std::uint64_t page) const {
    const Page* at = table.find(page);
    return at && *at ? at->data() : fresh(page).data();
  }
  const Page& fresh(std::uint64_t page) const;
  void put(PageTable& table, const Piece& piece, std::uint8_t sectors) const;
  void forget_below(const Piece& piece);
  void join(const Piece& piece, std::uint8_t sectors, const RequestName& name, bool is_durable);
  void rewrite(const Piece& piece, std::uint8_t sectors, bool is_durable);
  void forget_rewrites();
  std::uint32_t fragment_of(const RequestName& name, const Piece& piece, unsigned sector) const;
  Odds odds_of(std::uint64_t nth_cut, std::uint32_t part, Choices& choices) const;
  Split split(const Piece& piece, const RequestName& name, Family family, Odds odds,
              Choices& choices) const;
  static void report(const Piece& piece, Split parts, bool was_completed, Fates& fates);
  Split land(const Piece& piece, const RequestName& name, Odds odds, bool was_completed,
             Choices& choices, Fates& fates);
  void tear(const Piece& piece, std::uint8_t torn, const RequestName& name, Choices& choices);
  void tear_inside(const Piece& piece, std::uint8_t torn, const RequestName& name,
                   Choices& choices);
  void tear_fragment(const Piece& piece, std::uint8_t sectors, std::uint64_t shape);
  void spoil_beside(const Piece& piece, std::uint8_t torn);
  bool may_tear(const Piece& piece, const RequestName& name) const;
  void show_anew(std::uint64_t page);

  DiskSpec spec_;
  std::uint16_t number_;
  std::uint32_t block_sectors_;
  std::uint64_t garbage_seed_ = 0;  // 0: fresh blocks are zero
  PageTable durable_;
  PageTable visible_;
  SparseTable<Begun> begun_;
  std::vector<Version> versions_;  // V, in order of completion
  std::vector<Lba> unreadable_;  // sorted
  std::vector<Lba> rewritten_;  // sorted: unreadable in d, but V holds new bytes
  std::uint64_t completed_ = 0;
  std::uint64_t flushes_ = 0;
  bool hides_losses_ = false;  // visible shows what a failed flush has lost
  Zone zone_;
  bool has_torn_rest_ = false;
  std::optional<PageTable> older_;
  std::array<std::uint64_t, misdeed_count> misdeeds_{};
};

}  // namespace holdfast::sim
