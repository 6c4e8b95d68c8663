#include "drivers/cli/failures/media_examination.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "drivers/cli/examination.h"
#include "drivers/cli/narrator.h"

namespace holdfast::drivers {
namespace {

// Media as a device that can only be read.
class MediaDevice final : public BlockDevice {
 public:
  explicit MediaDevice(const sim::Media& media) : media_(media) {}

  const DeviceLimits& limits() const override { return media_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override {
    Extent extent(first, Sectors::of_bytes(bytes_of(into)));
    if (IoResult sound = check_request(limits(), extent); !sound) co_return sound;
    if (auto bad = media_.unreadable_in(extent)) co_return io_error(IoErrorKind::media, *bad);
    media_.read(first, into);
    co_return IoResult();
  }
  Task<IoResult> write(Lba first, Pages, WriteFlags) override { return refused(first); }
  Task<IoResult> flush() override { return refused(Lba()); }
  Task<IoResult> discard(Extent extent) override { return refused(extent.first); }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags) override { return refused(extent.first); }

 private:
  static Task<IoResult> refused(Lba at) { co_return io_error(IoErrorKind::read_only, at); }

  const sim::Media& media_;
};

Task<> keep(Task<reports::DeviceExamined> task, reports::DeviceExamined& into) {
  auto examined = co_await std::move(task);
  into = std::move(examined);
}

reports::DeviceExamined examined(const sim::Media& media) {
  MediaDevice device(media);
  SilentObserver nobody;
  Executor executor;
  reports::DeviceExamined result;
  executor.spawn(
      keep(examine_device(device, media.spec().name, JournalView::records, nobody), result));
  executor.run_ready();
  return result;
}

// The page of a member that the block's stripe has.
std::uint64_t stripe_of(Lba block, const oracle::RaidShape& shape) {
  return oracle::place_of(shape, block).stripe();
}

bool concerns(const reports::LoggedUnit& unit, std::uint64_t stripe) {
  return std::ranges::any_of(unit.records, [stripe](const reports::LoggedRecord& record) {
    return record.stripe.value / oracle::stripe_sectors == stripe;
  });
}

void add_lines(std::vector<std::string>& lines, const std::string& text) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
}

void add_journal(std::vector<std::string>& lines, const reports::JournalExamined& journal,
                 std::uint64_t stripe) {
  lines.push_back(
      fmt::format("  log: tail at ring sector {}, {} of {} blocks from there on are log",
                  journal.tail.value, journal.blocks, journal.size.value / oracle::stripe_sectors));
  if (!journal.end_problem.empty())
    lines.push_back(
        fmt::format("  log ends at ring sector {}: {}", journal.end.value, journal.end_problem));
  std::size_t others = 0;
  for (const reports::LoggedUnit& unit : journal.listed) {
    if (concerns(unit, stripe))
      add_lines(lines, text_of(unit));
    else
      ++others;
  }
  lines.push_back(fmt::format("  {} unit{} of other stripes", others, others == 1 ? "" : "s"));
}

}  // namespace

std::vector<std::string> records_around(Lba block, const std::vector<sim::Media>& media,
                                        const sim::WorldSpec& world) {
  std::vector<std::string> lines;
  if (!world.profile.raid) return lines;
  std::uint64_t stripe = stripe_of(block, *world.profile.raid);
  for (const sim::Media& of : media) {
    reports::DeviceExamined device = examined(of);
    if (device.superblocks.empty()) lines.push_back(device.path + ": no superblock");
    for (const reports::SuperblockFound& found : device.superblocks) {
      if (!found.superblock) {
        lines.push_back(fmt::format("{}: superblock DAMAGED: {}", device.path, found.damage));
        continue;
      }
      lines.push_back(fmt::format("{}: superblock: {}, events {}, {}", device.path,
                                  raid::role_text(found.superblock->role()),
                                  found.superblock->events,
                                  reports::state_text(*found.superblock)));
      if (found.journal) add_journal(lines, *found.journal, stripe);
    }
  }
  return lines;
}

}  // namespace holdfast::drivers
