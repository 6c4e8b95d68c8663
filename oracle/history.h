// What crossed the port of the volume under test, in order: requests, acks, crashes, and what recoveries showed.
//
//   learn(seen) -> [ begin/end of requests ]* -> crash | clean_stop -> recovered(seen) -> ...
//   \__________________________ one epoch ____________________________/
//
//   H1  Each begin and each end is one event; events are numbered. A write is acked from its end(ok) on.
//   H2  A request without an end, and one that ended with an error, is unacked: it may have happened, in part, or not.
//   H3  recovered() starts a new epoch: what was seen is now the only old value of each sector (R3), and every earlier
//       write is ruled out unless it is that value.
//   H4  After several crashes without a recovery between them, a power cut outweighs a crash of the host. Opening again
//       without a crash and without a clean stop is a crash of the host.
//   H5  member_lost() is said as soon as a fault can make the volume compute a member's block from the others; writes
//       acked after it prove nothing about the redundancy of their stripes.
//   Caller: begin_* at the submit, before the engine sees the request; end_* when its task has ended. Slices are whole
//   logical blocks. Requests may overlap in place and time.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/page.h"
#include "core/base/types.h"
#include "core/block/block_device.h"
#include "oracle/history_event.h"
#include "oracle/observation.h"
#include "oracle/payload.h"
#include "oracle/profile.h"
#include "oracle/verdict.h"

namespace holdfast::oracle {

using Moment = std::uint64_t;  // number of an event
inline constexpr Moment never = ~Moment{0};

using FlushId = std::uint32_t;
using ReadId = std::uint32_t;

enum class Crash : std::uint8_t { none, host, power };

enum class Effect : std::uint8_t {
  data,  // each sector becomes Content::written(id)
  zeros,  // write-zeroes, or a discard that reads zero
  any,  // a discard that doesn't
};

struct WriteRecord {
  Extent extent;  // of a discard: the whole granules inside, maybe empty
  Moment submitted = 0;
  Moment acked = never;
  std::uint32_t epoch = 0;
  Effect effect = Effect::data;
  bool is_discard = false;
  bool fua = false;
  bool preflush = false;

  bool is_acked() const { return acked != never; }
};

struct ReadRecord {
  Extent extent;
  Moment submitted = 0;
  Moment ended = never;
};

class History {
 public:
  static constexpr std::uint32_t nothing = ~0u;

  History(std::uint64_t run, const Profile& profile);

  // From now on every event of a request is told, oracle/history_event.h.
  void tell(HistoryListener listener) { listener_ = std::move(listener); }
  // Does what was told elsewhere; the numbers must come out the same (E2).
  void replay(const HistoryEvent& event);

  // What a new volume holds, whatever it is; before the first request.
  void learn(const Observation& seen);

  WriteId begin_write(Extent extent, WriteFlags flags);
  // The bytes of a write, before it is submitted. The slices have the extent's size.
  void fill(WriteId write, MutablePages into) const;
  WriteId begin_write_zeroes(Extent extent, WriteFlags flags);
  WriteId begin_discard(Extent extent);
  void end_write(WriteId write, bool ok);  // of all three
  FlushId begin_flush();
  void end_flush(FlushId flush, bool ok);
  ReadId begin_read(Extent extent);
  void end_read(ReadId read, Pages seen);
  void end_read(ReadId read,
                std::span<const Content> seen);  // for tests, replays and worlds without bytes
  // A read that fails is simply not ended.

  void member_lost();
  void clean_stop();  // it finished without error
  void crash(Crash kind);
  void recovered(const Observation& seen);

  // --- what the judge asks ---
  const Payload& payload() const { return payload_; }
  Sectors sectors() const { return Sectors(baseline_.size()); }
  std::uint32_t epoch() const { return epoch_; }
  Crash last_crash() const { return crash_; }
  Moment now() const { return clock_; }
  bool is_durable(const WriteRecord& write) const;  // must(w), of this epoch
  bool is_flushed(const WriteRecord& write) const { return write.acked < flushed_before_; }
  bool is_stopped(const WriteRecord& write) const { return write.acked < stopped_before_; }
  bool had_all_members(const WriteRecord& write) const { return write.acked < member_lost_; }
  const WriteRecord& write(WriteId id) const { return writes_[id]; }
  WriteId writes_end() const { return static_cast<WriteId>(writes_.size()); }
  WriteId epoch_begin() const { return epoch_begin_; }  // first write of this epoch
  Content baseline(Lba lba) const { return baseline_[lba.value]; }
  // What learn() saw: the oldest version there is.
  Content first_content(Lba lba) const { return learnt_[lba.value]; }
  bool is_touched(Lba lba) const { return first_touch_[lba.value] != nothing; }
  const std::vector<Lba>& touched() const {
    return touched_;
  }  // by a write of this epoch, in order of first touch

  // Writes of this epoch on a sector, newest first: for (t = first_touch(b); t != nothing; t = next_touch(t)).
  std::uint32_t first_touch(Lba lba) const { return first_touch_[lba.value]; }
  std::uint32_t next_touch(std::uint32_t touch) const { return touches_[touch].next; }
  WriteId touch_write(std::uint32_t touch) const { return touches_[touch].write; }

  // What reads of this epoch saw of a sector, newest first. Reads that ended before any write was submitted to the
  // sector and saw the baseline are not kept; `reads_seen` counts them too.
  struct Sight {
    Content seen;
    ReadId read;
    std::uint32_t next;
  };
  std::uint32_t first_sight(Lba lba) const { return first_sight_[lba.value]; }
  const Sight& sight(std::uint32_t number) const { return sights_[number]; }
  const ReadRecord& read(ReadId id) const { return reads_[id]; }
  const std::vector<Lba>& sighted() const { return sighted_; }
  // What reads saw of this sector teaches no order: one of them was wrong.
  void distrust_reads(Lba lba) { first_sight_[lba.value] = nothing; }
  std::uint64_t reads_seen() const { return reads_seen_; }  // sectors, whole run

 private:
  struct Touch {
    WriteId write;
    std::uint32_t next;
  };

  WriteId begin(Extent extent, WriteFlags flags, Effect effect, bool is_discard);
  std::uint32_t told(HistoryEvent::Kind kind, std::uint32_t id, Extent extent, WriteFlags flags);
  void told_end(HistoryEvent::Kind kind, std::uint32_t id, bool ok);
  void see(ReadId read, Lba lba, Content seen);
  void start_epoch(const Observation& seen);

  Profile profile_;
  Payload payload_;
  Moment clock_ = 0;
  std::uint32_t epoch_ = 0;
  Crash crash_ = Crash::none;
  bool has_learnt_ = false;
  Moment member_lost_ = never;
  Moment flushed_before_ = 0;  // writes acked before this moment are durable
  Moment stopped_before_ = 0;  // the same by a clean stop
  WriteId epoch_begin_ = 1;
  std::vector<WriteRecord> writes_;  // by id, whole run; [0] unused
  std::vector<ReadRecord> reads_;  // by id, this epoch
  std::vector<Moment> flushes_;  // submitted, by id, this epoch
  std::vector<Content> learnt_;  // by sector
  std::vector<Content> baseline_;  // by sector
  std::vector<std::uint32_t> first_touch_;
  std::vector<std::uint32_t> first_sight_;
  std::vector<Touch> touches_;
  std::vector<Sight> sights_;
  std::vector<Lba> touched_;
  std::vector<Lba> sighted_;
  std::uint64_t reads_seen_ = 0;
  std::vector<Content> decoded_;  // of the read that ends
  HistoryListener listener_;
};

}  // namespace holdfast::oracle
