#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

// Resync goes in so many steps, or in more where a step would be too large: read at once from each member, and closed to
// everybody else meanwhile. The superblocks are told as often.
constexpr std::uint64_t steps = 16;
constexpr Sectors page = Sectors::of_bytes(page_bytes);
constexpr Sectors step_min = Sectors::of_bytes(64 << 10);
constexpr Sectors step_max = Sectors::of_bytes(1 << 20);

}  // namespace

Task<> Array::resync() {
  co_await ports_.executor.yield();
  if (!metadata_.is_in_sync()) {
    bool resumes = metadata_.resync_position() > Lba(0);
    ports_.observer.mark(resumes ? "raid.resync_resumed" : "raid.resync_started");
    co_await resync_until_done();
  }
  is_settled_.set();
}

Task<> Array::resync_until_done() {
  Lba end(geometry_.member_sectors.value);
  Sectors checkpoint_every =
      std::max(step_min, geometry_.member_sectors / steps / page.value * page.value);
  metadata_.resynced_to(metadata_.resync_position() -
                        Sectors(metadata_.resync_position().value) % page);
  Sectors step = std::min(checkpoint_every, step_max);
  Lba next_checkpoint = metadata_.resync_position() + checkpoint_every;
  while (metadata_.resync_position() < end) {
    if (is_stopping_ || members_.is_broken()) co_return;
    // Nothing left to be in step with: parity is all there is, and is believed from here on.
    bool believes_parity = members_.missing() == geometry_.parity_disks();
    if (!believes_parity || rules_.record_missing_before_serving) {
      if (auto recorded = co_await acknowledge(); !recorded) co_return;
    }
    if (believes_parity) break;
    Lba at = metadata_.resync_position();
    Extent window(at, std::min(step, end - at));
    StripeLease lease = co_await stripes_.exclusive(window);
    if (auto written = co_await write_out(window); !written) co_return;
    if (auto done = co_await resync_window(window); !done) {
      ports_.observer.note("resync can't go on: a stripe can't be read or written");
      co_return;
    }
    metadata_.resynced_to(window.end());
    lease.release();
    write_out_soon();
    ports_.observer.progress("resync", Sectors(window.end().value).bytes(),
                             geometry_.member_sectors.bytes());
    if (window.end() >= next_checkpoint && window.end() < end) {
      next_checkpoint = window.end() + checkpoint_every;
      if (auto told = co_await metadata_.checkpoint_resync(); !told) co_return;
    }
    co_await ports_.executor.yield();
  }
  metadata_.resynced_to(Metadata::everything);
  if (auto told = co_await metadata_.checkpoint_resync(); !told) co_return;
  ports_.observer.mark("raid.resync_finished");
}

// Reads the window from all members at once, then looks at it row by row.
Task<IoResult> Array::resync_window(Extent window) {
  RowBuffers whole(geometry_.row(0), window);
  Roles roles = members_.active_roles();
  auto outcomes = co_await read_roles(whole, roles);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (outcomes[i]) continue;
    whole.at(roles[i]).clear();  // row by row it is read again, and repaired or failed
  }
  for (Lba at = window.first; at < window.end();) {
    std::uint64_t number = Sectors(at.value) / geometry_.chunk;
    Lba row_end = std::min(window.end(), geometry_.member_lba(number + 1));
    RowBuffers row(geometry_.row(number), Extent(at, row_end - at));
    for (int role = 0; role < members_.count(); ++role)
      if (whole.has(role))
        append_range(row.at(role), whole.at(role), (at - window.first).bytes(),
                     row.span.count.bytes());
    if (auto done = co_await resync_row(row); !done) co_return done;
    at = row_end;
  }
  co_return IoResult{};
}

// Makes parity what the data say. With a data member missing (RAID-6) its block is what P says, and Q follows.
Task<IoResult> Array::resync_row(RowBuffers& row) {
  for (;;) {
    std::uint64_t epoch = members_.epoch();
    Roles unread, lost;
    for (int role = 0; role < members_.count(); ++role) {
      if (row.has(role)) continue;
      if (members_.is_active(role))
        unread.push_back(role);
      else if (!row.map.is_parity(role))
        lost.push_back(role);
    }
    if (members_.is_broken() || members_.missing() == geometry_.parity_disks())
      co_return IoResult{};  // the caller sees it
    auto loaded = co_await load(row, unread);
    if (!loaded && members_.epoch() == epoch) co_return loaded;
    if (!loaded) continue;
    if (!lost.empty()) {
      if (auto recovered = co_await recover(row, lost); !recovered) co_return recovered;
    }
    break;
  }

  auto corrected = co_await correct_parity(row);
  co_return corrected;
}

// Writes the blocks that are wrong, and no other: a cut in the middle of a write may spoil all that it covers, and what was
// right is not to be risked. Neighbours go together.
Task<IoResult> Array::correct_parity(const RowBuffers& row) {
  ParityCheck whole = check_parity(row.map, row.views());
  if (whole.p && whole.q) co_return IoResult{};
  ports_.observer.mark("raid.parity_corrected");
  struct Run {
    int role;
    Extent span;
  };
  std::vector<Run> runs;
  auto add = [&](int role, Extent block) {
    auto last =
        std::find_if(runs.rbegin(), runs.rend(), [&](Run& run) { return run.role == role; });
    if (last != runs.rend() && last->span.end() == block.first)
      last->span.count += block.count;
    else
      runs.push_back({role, block});
  };
  Sectors block = Sectors::of_bytes(limits_.logical_block_bytes);
  for (Lba at = row.span.first; at < row.span.end(); at += block) {
    RowBuffers part = row.part({at, block});
    ParityCheck found = check_parity(part.map, part.views());
    if (!found.p && members_.is_active(row.map.p())) add(row.map.p(), part.span);
    if (!found.q && members_.is_active(row.map.q())) add(row.map.q(), part.span);
  }

  RowWrites corrected;
  for (const Run& run : runs) {
    RowWrite& write = corrected.emplace_back(0u, row.map, run.span, Roles());
    write.row = row.part(run.span);
    allocate_parity(write.row);
    compute_parity(row.map, write.row.views());
    write.members.push_back(run.role);
  }
  auto written = co_await write_members(corrected, WriteFlags());
  co_return written;
}

}  // namespace holdfast::raid
