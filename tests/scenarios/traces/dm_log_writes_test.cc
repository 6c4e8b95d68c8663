#include "scenarios/traces/dm_log_writes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/traces/decoded.h"

namespace holdfast::scenarios::traces {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// Writes what the target writes: a first sector, and behind each entry its data, in sectors of one size.
class Log {
 public:
  explicit Log(std::uint32_t sector_size = 512) : sector_size_(sector_size) {
    put(0, log_magic);
    put(8, std::uint64_t{1});
    put(24, sector_size);
    bytes_.resize(sector_size);
  }
  Log& entry(std::uint64_t sector, std::uint64_t sectors, std::uint64_t flags) {
    std::size_t at = bytes_.size();
    put(at, sector);
    put(at + 8, sectors);
    put(at + 16, flags);
    put(at + 24, std::uint64_t{0});
    bytes_.resize(at + sector_size_);
    if ((flags & 4) == 0) bytes_.resize(bytes_.size() + sectors * sector_size_, 'd');
    put(16, ++entries_);
    return *this;
  }
  template <class T>
  Log& put(std::size_t at, T value) {
    if (bytes_.size() < at + sizeof value) bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }
  Log& cut_to(std::size_t bytes) {
    bytes_.resize(bytes);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::uint32_t sector_size_;
  std::uint64_t entries_ = 0;
  std::string bytes_;
};

WhatIsDecoded log_of(const Log& log) { return decoded(Format::dm_log_writes, log.bytes()); }

TEST(DmLogWrites, FlagsSayWhatWasAsked) {
  WhatIsDecoded found = log_of(Log()
                                   .entry(8, 8, 0)
                                   .entry(0, 0, 1)
                                   .entry(16, 1, 2)
                                   .entry(24, 2, 1 | 2 | 16)
                                   .entry(64, 128, 4)
                                   .entry(0, 0, 8)
                                   .entry(0, 0, 0)
                                   .entry(1, 1, 16));
  EXPECT_EQ(found.fault, "");
  EXPECT_THAT(found.requests,
              ElementsAre("write 4096+4096", "flush", "write 8192+512 fua",
                          "write 12288+1024 fua preflush", "discard 32768+65536", "write 512+512"));
  EXPECT_EQ(found.others, 2u);
  EXPECT_FALSE(found.has_times);
}

TEST(DmLogWrites, SectorsAreAsLargeAsTheLogSays) {
  EXPECT_THAT(log_of(Log(4096).entry(1, 2, 0).entry(0, 0, 1)).requests,
              ElementsAre("write 4096+8192", "flush"));
}

TEST(DmLogWrites, WhatStandsBehindTheLastEntryIsNotOfIt) {
  EXPECT_THAT(log_of(Log().entry(0, 1, 0).entry(1, 1, 0).put(16, std::uint64_t{1})).requests,
              ElementsAre("write 0+512"));
  EXPECT_THAT(log_of(Log()).requests, IsEmpty());
}

TEST(DmLogWrites, AFirstSectorThatIsNoneSaysWhichField) {
  EXPECT_THAT(log_of(Log().put(0, std::uint64_t{7})).fault, StartsWith("0: magic: found 0x7"));
  EXPECT_THAT(log_of(Log().put(8, std::uint64_t{2})).fault,
              StartsWith("0: byte 8, version: found 2"));
  for (std::uint32_t size : {0u, 256u, 513u, 131'072u, ~0u})
    EXPECT_THAT(log_of(Log().put(24, size)).fault, StartsWith("0: byte 24, sectorsize: found"));
  EXPECT_THAT(log_of(Log().cut_to(27)).fault, StartsWith("0: superblock: the log ends at byte 27"));
}

TEST(DmLogWrites, ALogThatIsCutOffSaysWhere) {
  Log two = Log().entry(0, 1, 0).entry(8, 2, 0);
  EXPECT_EQ(log_of(two).fault, "");
  EXPECT_THAT(log_of(Log(two).cut_to(3071 - 512)).fault,
              StartsWith("0: byte 1544, nr_sectors: found 2"));
  EXPECT_THAT(log_of(Log(two).cut_to(1536)).fault,
              StartsWith("0: byte 1536, entry 1 of 2: the log ends"));
  EXPECT_THAT(log_of(Log(two).cut_to(1540)).fault,
              StartsWith("0: byte 1536, entry 1 of 2: the log ends"));
  EXPECT_THAT(log_of(Log().put(16, ~std::uint64_t{0})).fault,
              StartsWith("0: byte 512, entry 0 of"));
}

TEST(DmLogWrites, AbsurdEntriesSayWhichField) {
  EXPECT_THAT(log_of(Log().entry(0, 1, 0).put(512, ~std::uint64_t{0})).fault,
              StartsWith("0: byte 512, sector: found 18446744073709551615"));
  EXPECT_THAT(log_of(Log().entry(8, 1, 4).put(520, std::uint64_t{1} << 60)).fault,
              StartsWith("0: byte 520, nr_sectors: found 1152921504606846976"));
  EXPECT_THAT(log_of(Log().entry(0, 1, 32)).fault, StartsWith("0: byte 528, flags: found 0x20"));
}

}  // namespace
}  // namespace holdfast::scenarios::traces
