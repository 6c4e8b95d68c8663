// How rows that are ready reach the log and the members.

#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

// Data held at once by one request, parity beside it not counted.
constexpr std::uint64_t bytes_max = 8 << 20;

}  // namespace

// Of what is committed at once, on each member.
Sectors Array::height_max() const {
  if (journal_) return journal::block_sectors * journal_->stripes_max();
  std::uint64_t pages = bytes_max / page_bytes / static_cast<unsigned>(geometry_.data_disks());
  return Sectors::of_bytes(page_bytes) * std::max<std::uint64_t>(1, pages);
}

Task<IoResult> Array::commit(RowWrites& writes, WriteFlags flags, Room room) {
  if (journal_) return log_and_write(writes, room);
  return write_members(writes, flags);
}

// R4. The members are touched only when the log holds the stripes, and the log lets go of them only when the members do.
Task<IoResult> Array::log_and_write(RowWrites& writes, Room room) {
  journal::Batch batch = journal_->new_batch();
  for (const RowWrite& write : writes) batch.add(write.row, write.number, write.data);
  if (auto logged = co_await append(batch, room); !logged) {
    if (journal_rules_.withhold_parity_of_failed_stripes) co_return logged;
    auto parity = co_await write_parity_alone(writes);
    co_return parity ? logged : parity;
  }
  auto written = co_await write_members(writes, WriteFlags());
  auto finished = co_await finish(batch, written);
  co_return finished;
}

Task<IoResult> Array::append(journal::Batch& batch, Room room) {
  if (room == Room::promised) return journal_->append_at_once(batch);
  return journal_->append(batch);
}

// J3; but a journal that failed is given up when all is released, and who is missing can be recorded only then (J4).
Task<IoResult> Array::finish(journal::Batch& batch, IoResult written) {
  if (written && must_record()) {
    auto recorded = co_await metadata_.record();
    if (!recorded && !journal_->has_failed()) written = recorded;
  }
  if (!written) {
    journal_->abandon();
    co_return written;
  }
  journal_->release(batch);
  auto acked = co_await acknowledge();
  co_return acked;
}

// Rows that adjoin on a member go to it together. Whoever does not take them is failed; an error if that was one too many.
Task<IoResult> Array::write_members(const RowWrites& writes, WriteFlags flags) {
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, Lba(0));
  struct Run {
    int role;
    Extent span;
    const SliceList* alone;  // one row's
    SliceList joined;  // several rows'

    Pages pages() const { return joined.empty() ? *alone : joined; }
  };
  boost::container::small_vector<Run, 4> runs;
  for (const RowWrite& write : writes) {
    for (int role : write.members) {
      if (!members_.is_active(role)) continue;
      const SliceList& pages = write.row.at(role);
      auto last = std::find_if(runs.rbegin(), runs.rend(),
                               [&](const Run& run) { return run.role == role; });
      if (last == runs.rend() || last->span.end() != write.row.span.first) {
        runs.push_back({role, write.row.span, &pages, {}});
      } else {
        if (last->joined.empty()) last->joined = *last->alone;
        last->joined.insert(last->joined.end(), pages.begin(), pages.end());
        last->span.count += write.row.span.count;
      }
    }
  }
  Join<IoResult> requests;
  for (const Run& run : runs)
    requests.add(members_.write(run.role, run.span.first, run.pages(), flags));
  co_await requests.all();
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (auto result = requests.result(i); !result) members_.fail(runs[i].role, result.error());
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, Lba(0));
  co_return IoResult{};
}

// JournalRules::withhold_parity_of_failed_stripes, broken.
Task<IoResult> Array::write_parity_alone(RowWrites& writes) {
  for (RowWrite& write : writes) {
    auto is_data = [&](int role) { return !write.row.map.is_parity(role); };
    write.members.erase(std::remove_if(write.members.begin(), write.members.end(), is_data),
                        write.members.end());
  }
  auto written = co_await write_members(writes, WriteFlags());
  co_return written;
}

}  // namespace holdfast::raid
