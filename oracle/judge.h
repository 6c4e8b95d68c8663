// The conscience: compares what a recovered volume shows with what its history allows.
//
//   must(w)     w was acked and (FUA, or acked before the submit of a flush that was acked, or a clean stop finished; or
//               the volume has no volatile cache; or only the host crashed and the profile says that acks survive that)
//   Allowed(b)  oracle/allowed.h      dirty  oracle/dirty_regions.h
//
//   J1  recovery() judges the reads of the epoch, then what was seen, then pins it: call it once for each recovery that
//       was read in full, also after a clean stop.
//   J2  A wrong block is the write hole only where it can be: in a dirty stripe, standing on a member that is missing or
//       on a sector that can't be read. Anywhere else it keeps its own name. It is declared only where the stripe is excused.
//   J3  Silent damage named by the world is counted, not judged (oracle/silent_damage.h), and so are whole
//       blocks that older records of a rotten journal have brought back; nothing else that the world says widens an allowed set.
//   Caller: history, images and the judge live in one world; nothing is in flight during recovery() and redundancy().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/block/io_error.h"
#include "oracle/cut_report.h"
#include "oracle/dirty_regions.h"
#include "oracle/history.h"
#include "oracle/member_images.h"
#include "oracle/observation.h"
#include "oracle/profile.h"
#include "oracle/silent_damage.h"
#include "oracle/verdict.h"

namespace holdfast::oracle {

// The circumstances of a recovery that was read in full.
struct Opening {
  std::vector<unsigned> missing;  // roles that the volume runs without
  // Roles that it came to miss since the recovery before: for its reads since then.
  std::vector<unsigned> missing_before;
  // Sectors that were since then, or may be again after a power cut.
  std::vector<MemberPlace> unreadable;
  bool is_over_budget = false;  // more was broken than the geometry repairs: EIO is honest
  // A sector of the journal may have become unreadable: writes that were not acked are as torn as without a journal, and
  // parity of those that were is to be made again.
  bool has_damaged_journal = false;
  // Records of the log are silently gone: like a damaged journal, but nothing tells it, so nothing is made again, and what
  // older records hold, or stale ones that stand where the new log's first block was lost, may go over newer blocks.
  bool has_rotten_journal = false;
  const CutReport* cut = nullptr;  // of the last crash, for the story
};

class Judge {
 public:
  Judge(History& history, const Profile& profile);
  // Knows what the other one knows, of a copy of its history.
  Judge(History& history, const Judge& other);
  Judge(const Judge&) = delete;

  // R4 for the reads of this epoch, at the end of a run that is not reopened (recovery() does it itself). Of `now` only
  // the missing and unreadable members count.
  void live_reads(const Opening& now, Judgement& into);
  // R1, R2, R3, R5b, R9; then pins what was seen.
  void recovery(const Observation& seen, const Opening& opening, Judgement& into);
  // R3: the same open volume read in full once more, with no write since `first` was seen.
  void reread(const Observation& first, const Observation& again, const Opening& opening,
              Judgement& into);

  // R6 outside excused stripes, and R5a: what the volume shows (`seen`) equals the raw images' data, block for block; and
  // where parity matches, so does each degraded view. Blocks of missing members are computed. The volume takes no
  // writes. Needs profile.raid.
  void redundancy(MemberImages& images, const std::vector<unsigned>& missing,
                  const Observation& seen, Judgement& into);
  // R5a through the engine: the volume opened without some members showed this, `full` with all of them.
  void degraded_view(const Observation& full, const Observation& degraded,
                     const std::vector<unsigned>& missing, Judgement& into);
  // As soon as it happens: a fault changed these sectors of a member's data (without data_offset; of a plain volume: of it,
  // role 0) behind the format's back, or answered a read of them with others.
  void silently_damaged(unsigned role, Extent sectors) { damage_.hit(role, sectors, history_); }
  // Copies of the members are shown to degraded_view() later: what may be wrong there now may be wrong then, whatever the
  // volume mends meanwhile.
  void media_were_copied() { damage_.keep_columns(); }
  // The volume says that nothing is left to resync (Volume::settled()): no stripe is dirty any more.
  void redundancy_settled();
  bool is_excused_stripe(std::uint64_t stripe) const {
    return dirty_ && dirty_->is_excused_stripe(stripe);
  }
  // Some stripe has no redundancy that was promised: a volume without a member may be wrong there.
  bool is_any_stripe_excused() const { return dirty_ && dirty_->is_any_excused(); }

  // R7, R8: the world knows what it broke and how long it waited.
  static void unexpected_error(std::string_view request, Extent where, IoError error,
                               Judgement& into);
  static void stuck(std::string_view what, std::uint64_t events, Judgement& into);
  static void refused(std::string_view message, Judgement& into);

 private:
  void judge_block(Lba lba, Content seen, const Opening& opening, Judgement& into);
  void judge_reads_of(Lba lba, const Opening& now, Judgement& into);
  void judge_atomicity(WriteId write, const Observation& seen, const Opening& opening,
                       Judgement& into);
  void compare_page(std::uint64_t stripe, Extent on_volume, Bytes page, const Observation& seen,
                    std::string_view view, Judgement& into);
  bool is_spoiled_by_neighbor(Lba lba, const Opening& opening) const;
  bool is_computed(Lba lba, const Opening& opening) const;
  bool is_silent(const Finding& finding, const Opening& opening) const;
  // J2, J3. Adds the finding under its own name, or as the write hole; true if its story is still to be told.
  Finding* add(Finding finding, const Opening& opening, Judgement& into);
  bool may_be_write_hole(Lba lba, const Opening& opening) const;

  History& history_;
  Profile profile_;
  std::unique_ptr<DirtyRegions> dirty_;  // refers to profile_.raid
  SilentDamage damage_;  // refers to profile_
  bool is_settled_ = false;  // since the last recovery
  std::uint64_t reads_judged_ = 0;
};

}  // namespace holdfast::oracle
