// A write journal and the members behind it without an array over them, on disks of memory: for tests of the journal's parts.
//
//   create -> assemble -> replay -> begin -> append, release, quiesce          a second life: another world on the same images
#pragma once

#include <cstring>

#include <gtest/gtest.h>

#include "core/raid/assembly.h"
#include "core/raid/create.h"
#include "core/raid/journal/journal.h"
#include "tests/core/raid/memory_disk.h"

namespace holdfast::raid::journal {

using tests::pattern;

struct WorldShape {
  int level = 5;
  int members = 4;
  std::uint64_t ring_blocks = 64;
  std::uint64_t chunk_bytes = 16 << 10;
  std::uint64_t member_bytes = 256 << 10;
};

// What a task answers; nothing as long as it runs.
template <class T>
class Pending {
 public:
  bool is_done() const { return answer_->has_value(); }
  T& operator*() const { return **answer_; }

 private:
  friend class JournalWorld;
  std::shared_ptr<std::optional<T>> answer_ = std::make_shared<std::optional<T>>();
};

class JournalWorld {
 public:
  static constexpr Lba data_offset{32};
  using Images = std::vector<std::vector<std::byte>>;

  explicit JournalWorld(WorldShape of = {}, RaidRules all_rules = {})
      : shape(of), rules(all_rules) {
    std::uint64_t log_bytes = Sectors(data_offset.value).bytes() + shape.ring_blocks * block_bytes;
    for (int role = 0; role < shape.members; ++role)
      add_disk("m" + std::to_string(role), shape.member_bytes);
    add_disk("log", log_bytes);
    NewArray array;
    array.level = shape.level;
    array.layout = "left-symmetric";
    array.chunk = Sectors::of_bytes(shape.chunk_bytes);
    array.members = static_cast<std::size_t>(shape.members);
    array.has_journal = true;
    array.device_names = names_;
    auto created = run(create_array(devices(), array, ports()));
    EXPECT_TRUE(created) << created.error().message;
    assemble();
  }
  // The next life after `images` were left behind.
  JournalWorld(WorldShape of, const Images& images) : JournalWorld(of) {
    for (std::size_t i = 0; i < images.size(); ++i) disks_[i]->bytes() = images[i];
    assemble();
  }
  ~JournalWorld() { executor.stop(); }

  // A new life; nothing may be in flight.
  void assemble(const std::set<std::size_t>& absent = {}) {
    Expected expected;
    expected.device_names = names_;
    expected.accept_dirty_degraded = true;
    auto assembly = run(raid::assemble(devices(absent), expected, rules, ports()));
    ASSERT_TRUE(assembly) << assembly.error().message;
    geometry = assembly->geometry;
    journal.reset();
    metadata.reset();
    members = std::make_unique<Members>(geometry, std::move(assembly->by_role), rules, marks);
    metadata =
        std::make_unique<Metadata>(*members, std::vector<Member>(), std::move(assembly->journal),
                                   assembly->freshest, rules, ports());
    Ring ring(log(), data_offset, metadata->journal().superblock.data_size);
    EXPECT_EQ(ring.blocks(), shape.ring_blocks);
    seed = Seed(metadata->journal().superblock.set_uuid);
    journal = std::make_unique<Journal>(ring, geometry, seed, *metadata, journal_rules, ports());
  }
  SurveyResult replay() { return run(journal->replay(*members)); }
  // Replayed and begun, the superblocks say so; the story begins here.
  void start() {
    auto replayed = replay();
    ASSERT_TRUE(replayed) << replayed.error().message;
    ASSERT_TRUE(run(metadata->flush_members()));
    ASSERT_TRUE(run(metadata->record()));
    ASSERT_TRUE(run(journal->begin(*replayed)));
    story.clear();
    marks.marks.clear();
  }

  template <class T>
  Pending<T> post(Task<T> task) {
    Pending<T> pending;
    executor.spawn(keep(std::move(task), pending.answer_));
    return pending;
  }
  template <class T>
  Pending<T> spawn(Task<T> task) {
    Pending<T> pending = post(std::move(task));
    executor.run_ready();
    return pending;
  }
  template <class T>
  T run(Task<T> task) {
    Pending<T> pending = spawn(std::move(task));
    check(pending.is_done(), "nobody is stuck");
    return std::move(*pending);
  }

  // So many stripes from this one on, in whole chunks or inside one; each page has bytes of its own by `from`.
  Batch batch(Lba stripe, std::uint64_t stripes = 1, std::vector<int> data = {0},
              unsigned from = 1) {
    Batch made = journal->new_batch();
    Lba end = stripe + block_sectors * stripes;
    while (stripe < end) {
      std::uint64_t number = Sectors(stripe.value) / geometry.chunk;
      Lba row_end = std::min(end, geometry.member_lba(number + 1));
      RowBuffers row(geometry.row(number), Extent(stripe, row_end - stripe));
      Roles roles;
      for (int index : data) roles.push_back(row.map.role_of(index));
      for (int role = 0; role < geometry.raid_disks; ++role) {
        bool is_written = std::find(roles.begin(), roles.end(), role) != roles.end();
        if (!is_written && !row.map.is_parity(role)) continue;
        for (const Slice& page : row.allocate(role))
          copy(Bytes(pattern(page.bytes, from++)), MutablePages(&page, 1));
      }
      made.add(row, number, roles);
      stripe = row_end;
    }
    return made;
  }

  tests::MemoryDisk& member(int role) { return *disks_[static_cast<std::size_t>(role)]; }
  tests::MemoryDisk& log() { return *disks_.back(); }
  MutableBytes page_of(int role, Lba stripe) { return page_at(member(role), stripe); }
  MutableBytes block_at(Lba position) { return page_at(log(), position); }
  MetaRead meta_at(Lba position) {
    return decode_meta_block(block_at(position), seed, geometry, position, std::nullopt);
  }
  Superblock superblock(std::size_t device) {
    Bytes all(disks_[device]->bytes());
    return decode_superblock(all.subspan(4096, 4096), MetadataVersion::v1_2,
                             Sectors::of_bytes(all.size()))
        .value()
        .value();
  }
  Lba tail() { return Lba(superblock(disks_.size() - 1).recovery_offset); }
  Images images() const {
    Images all;
    for (const auto& disk : disks_) all.push_back(disk->bytes());
    return all;
  }
  Ports ports() { return {executor, clock_, entropy_, marks}; }

  const WorldShape shape;
  RaidRules rules;
  JournalRules journal_rules;
  Executor executor;
  tests::MarkBook marks;
  std::vector<std::string> story;
  Geometry geometry;
  Seed seed{Uuid{}};
  std::unique_ptr<Members> members;
  std::unique_ptr<Metadata> metadata;
  std::unique_ptr<Journal> journal;

 private:
  template <class T>
  static Task<> keep(Task<T> task, std::shared_ptr<std::optional<T>> answer) {
    auto value = co_await std::move(task);
    answer->emplace(std::move(value));
  }
  void add_disk(std::string name, std::uint64_t bytes) {
    disks_.push_back(std::make_unique<tests::MemoryDisk>(executor, bytes));
    disks_.back()->name = name;
    disks_.back()->story = &story;
    disks_.back()->data_offset = data_offset;
    names_.push_back(std::move(name));
  }
  Devices devices(const std::set<std::size_t>& absent = {}) {
    given_.clear();
    for (std::size_t i = 0; i < disks_.size(); ++i)
      given_.push_back(absent.contains(i) ? nullptr : disks_[i].get());
    return given_;
  }
  static MutableBytes page_at(tests::MemoryDisk& disk, Lba at) {
    return MutableBytes(disk.bytes())
        .subspan(Sectors(data_offset.value + at.value).bytes(), block_bytes);
  }

  std::vector<std::unique_ptr<tests::MemoryDisk>> disks_;
  std::vector<std::string> names_;
  std::vector<BlockDevice*> given_;
  tests::StepClock clock_{executor};
  tests::CountingEntropy entropy_;
};

}  // namespace holdfast::raid::journal
