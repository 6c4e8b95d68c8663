// A disk during one life of an explored machine: what is written stands above an image that never changes.
//
//   see(image) < durable d < completed versions V < in flight I      as sim/media.h, with whole pages as fragments
//
//   L1  The crash points are those moments before a request takes effect: told to `watch`, with whether it makes anything
//       durable.
//   L2  changes(): for each page that this life touched, all that a power cut may leave there now.
//   Requests in flight on one device don't overlap unless both read (W3): checked.
#pragma once

#include <boost/container/flat_map.hpp>
#include <deque>
#include <functional>
#include <vector>

#include "core/block/block_device.h"
#include "sim/clock.h"
#include "sim/explore/sight.h"

namespace holdfast::sim {

// What a power cut may leave on one page: some content of the image's cell, if that is still there, or one of these.
struct PageChange {
  PagePlace place;
  bool keeps_old = false;
  PageContents contents;

  explicit PageChange(PagePlace where) : place(where) {}
};

// How long the next request takes; the order of completion follows from it.
using Schedule = std::function<Nanoseconds(std::uint32_t device, Lba first, std::uint64_t nth)>;
using CrashPointWatch = std::function<void(bool makes_durable)>;

struct LifePorts {
  Executor& executor;
  Clock& clock;
  Sight& sight;
  const Schedule& schedule;
  CrashPointWatch watch;
};

class LifeDisk final : public BlockDevice {
 public:
  LifeDisk(const DeviceLimits& limits, std::uint32_t number, LifePorts& ports)
      : limits_(limits), number_(number), ports_(ports) {}

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

  // What a reader sees of it now.
  const std::byte* visible(std::uint32_t page);
  // L2, in the order of pages.
  void add_changes(std::vector<PageChange>& to);
  // Pages that hold something else than the image, as a reader sees them.
  std::vector<std::uint32_t> touched() const;

 private:
  using Mask = std::uint8_t;  // bit i: sector i of the page
  struct Piece {
    std::uint32_t page = 0;
    Mask sectors = 0;
    Page data;
  };
  using Pieces = boost::container::small_vector<Piece, 2>;
  struct Version {
    Piece piece;
    std::uint64_t order = 0;
  };
  struct Own {
    Page durable;  // none: the image's
    Page visible;
  };
  struct Flying {
    Extent extent;
    const Pieces* pieces = nullptr;  // null: a read
  };
  class Flight;

  Task<> wait(Lba first);
  Task<IoResult> write_pieces(Extent extent, Pieces pieces, WriteFlags flags);
  Pieces cut(Lba first, Pages from) const;
  Pieces cut_zeros(Extent extent) const;
  void take_effect(const Pieces& pieces, bool is_durable);
  void make_durable(const Piece& piece);
  void forget_below(const Piece& piece);
  Page merged(const Page& below, const Piece& piece) const;
  Page durable_page(std::uint32_t page);
  void change(PageChange& change, const Piece& piece);

  DeviceLimits limits_;
  std::uint32_t number_;
  LifePorts& ports_;
  boost::container::flat_map<std::uint32_t, Own> own_;
  std::vector<Version> versions_;
  std::vector<Flying> flying_;
  std::uint64_t completed_ = 0;
  std::uint64_t begun_ = 0;
};

}  // namespace holdfast::sim
