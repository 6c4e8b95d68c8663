// Writes a log by hand, unit by unit, into the bytes of a journal world: what recovery may meet.
#pragma once

#include "tests/core/raid/journal_world.h"

namespace holdfast::raid::journal {

class LogWriter {
 public:
  // From `at` on; the superblock's tail is left alone (it says 0).
  explicit LogWriter(JournalWorld& world, Lba at = Lba(0), Sequence next = Sequence(1000))
      : world_(&world), at_(at), next_(next) {
    open();
  }

  // Pages are pattern(4096, seed).
  LogWriter& data(Lba array_sector, unsigned seed) {
    meta_->data(array_sector, add_page(seed));
    return *this;
  }
  LogWriter& parity(Lba stripe, unsigned seed) {
    meta_->parity(stripe, add_page(seed));
    return *this;
  }
  LogWriter& parity(Lba stripe, unsigned p, unsigned q) {
    std::uint32_t p_checksum = add_page(p), q_checksum = add_page(q);
    meta_->parity(stripe, p_checksum, q_checksum);
    return *this;
  }
  LogWriter& flush(Lba stripe) {
    meta_->flush(stripe);
    return *this;
  }
  // Where it stands.
  Lba end_unit() {
    Lba position = at_;
    put(meta_->finish().bytes());
    for (const auto& page : pages_) put(page);
    next_ = next_ + 1;
    open();
    return position;
  }
  // One stripe of RAID-5 with one page of data, and its parity.
  Lba unit(Lba array_sector, unsigned seed) {
    ChunkPlace place = world_->geometry.locate(array_sector);
    Lba stripe = world_->geometry.member_lba(place.row) + place.inside;
    return data(array_sector, seed).parity(stripe, seed + 1).end_unit();
  }

  Lba end() const { return at_; }
  Sequence next() const { return next_; }
  void skip_numbers(std::uint64_t count) {
    next_ = next_ + count;
    open();
  }

 private:
  void open() {
    meta_.emplace(world_->seed, next_, at_);
    pages_.clear();
  }
  std::uint32_t add_page(unsigned seed) {
    pages_.push_back(pattern(block_bytes, seed));
    return world_->seed.of_page(pages_.back());
  }
  void put(Bytes block) {
    std::copy(block.begin(), block.end(), world_->block_at(at_).begin());
    at_ = world_->journal->ring().after(at_, 1);
  }

  JournalWorld* world_;
  Lba at_;
  Sequence next_;
  std::optional<MetaBlockWriter> meta_;
  std::vector<std::vector<std::byte>> pages_;
};

}  // namespace holdfast::raid::journal
