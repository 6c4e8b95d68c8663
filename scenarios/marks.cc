#include "scenarios/marks.h"

#include <array>

namespace holdfast::scenarios {
namespace {

struct CountedMark {
  std::string_view name;
  std::uint64_t sim::RunCounts::* count;
};

constexpr std::array counted_marks{
    CountedMark{"world.power_cut", &sim::RunCounts::power_cuts},
    CountedMark{"world.power_cut_in_recovery", &sim::RunCounts::power_cuts_in_recovery},
    CountedMark{"world.host_crash", &sim::RunCounts::host_crashes},
    CountedMark{"world.clean_stop", &sim::RunCounts::clean_stops},
    CountedMark{"world.device_lost", &sim::RunCounts::devices_lost},
    CountedMark{"world.device_returned", &sim::RunCounts::devices_returned},
    CountedMark{"world.refused", &sim::RunCounts::refusals},
    CountedMark{"world.refused_without_journal", &sim::RunCounts::refusals_without_journal},
    CountedMark{"world.write_refused", &sim::RunCounts::writes_refused},
};

struct MisdeedMark {
  std::string_view name;
  sim::Misdeed misdeed;
};

constexpr std::array misdeed_marks{
    MisdeedMark{"world.torn_inside_block", sim::Misdeed::torn_inside},
    MisdeedMark{"world.unreadable_after_cut", sim::Misdeed::unreadable_after_cut},
    MisdeedMark{"world.neighbor_spoiled", sim::Misdeed::spoiled_neighbor},
    MisdeedMark{"world.lying_flush", sim::Misdeed::lying_flush},
    MisdeedMark{"world.lying_fua", sim::Misdeed::lying_fua},
    MisdeedMark{"world.rollback", sim::Misdeed::rollback},
    MisdeedMark{"world.bit_rot", sim::Misdeed::bit_rot},
    MisdeedMark{"world.lost_write", sim::Misdeed::lost_write},
    MisdeedMark{"world.misdirected_write", sim::Misdeed::misdirected_write},
    MisdeedMark{"world.misdirected_read", sim::Misdeed::misdirected_read},
    MisdeedMark{"world.stall", sim::Misdeed::stall},
};

constexpr std::string_view silent_by_format = "oracle.silent_by_format";

constexpr std::array<std::string_view, 64> marks{
    silent_by_format,
    "raid.broken",
    "raid.degraded_read",
    "raid.degraded_write",
    "raid.dirty_degraded_accepted",
    "raid.discard",
    "raid.full_stripe_write",
    "raid.journal_damaged_unit_passed",
    "raid.journal_data_only_written_out",
    "raid.journal_discard_logged",
    "raid.journal_failed",
    "raid.journal_gap_written",
    "raid.journal_group_commit",
    "raid.journal_media_error_passed",
    "raid.journal_new_log",
    "raid.journal_page_completed",
    "raid.journal_recorded_faulty",
    "raid.journal_replayed",
    "raid.journal_stale_refused",
    "raid.journal_stale_unit_erased",
    "raid.journal_tail_moved",
    "raid.journal_torn_unit_dropped",
    "raid.journal_unit",
    "raid.journal_waited_for_space",
    "raid.journal_wrapped",
    "raid.marked_clean",
    "raid.marked_dirty",
    "raid.media_error_repaired",
    "raid.member_failed",
    "raid.parity_corrected",
    "raid.read_from_cache",
    "raid.read_modify_write",
    "raid.reconstruct_write",
    "raid.recovered_stripe_by_stripe",
    "raid.request_waited_for_stripe",
    "raid.resync_finished",
    "raid.resync_resumed",
    "raid.resync_started",
    "raid.stale_member_refused",
    "raid.superblocks_caught_up",
    "raid.unsynced_parity_used",
    "raid.unsynced_write",
    "raid.write_back",
    "raid.written_out",
    "world.bit_rot",
    "world.clean_stop",
    "world.device_lost",
    "world.device_returned",
    "world.host_crash",
    "world.lost_write",
    "world.lying_flush",
    "world.lying_fua",
    "world.misdirected_read",
    "world.misdirected_write",
    "world.neighbor_spoiled",
    "world.power_cut",
    "world.power_cut_in_recovery",
    "world.refused",
    "world.refused_without_journal",
    "world.rollback",
    "world.stall",
    "world.torn_inside_block",
    "world.unreadable_after_cut",
    "world.write_refused",
};

}  // namespace

std::span<const std::string_view> known_marks() { return marks; }

std::vector<sim::Witness::Mark> marks_of(const sim::RunResult& result) {
  std::vector<sim::Witness::Mark> reached = result.marks;
  for (const CountedMark& mark : counted_marks)
    if (std::uint64_t count = result.counts.*mark.count; count > 0)
      reached.push_back({std::string(mark.name), count});
  for (const MisdeedMark& mark : misdeed_marks)
    if (std::uint64_t count = result.counts.misdeeds[static_cast<std::size_t>(mark.misdeed)])
      reached.push_back({std::string(mark.name), count});
  if (std::uint64_t count = result.judgement.counts.silent_by_format)
    reached.push_back({std::string(silent_by_format), count});
  return reached;
}

}  // namespace holdfast::scenarios
