// What blkparse prints of a recording of blktrace, in its default format (blkparse(1), "Output description and formatting").
//
//     8,0    3       11     0.009507758   697  Q FWFS 223490 + 8 [jbd2/sda-8]
//     |      cpu  sequence  seconds       pid  |  |   sector + sectors of 512 bytes [process]
//     device major,minor                   action  RWBS
//
//   RWBS     F preflush, then R read, W write, WZ write zeroes, D discard or N nothing, then F FUA, A read-ahead, S sync, M metadata,
//            B barrier (preflush and FUA). F or FF without sectors is a flush.
//   Requests are the lines of action Q: what was asked of the device, before it was split, merged or put in another order. Not
//   requests: all other actions, what carries no data and is no flush, SCSI commands, zone commands, messages, the summary.
#pragma once

#include <map>

#include "scenarios/traces/text_lines.h"

namespace holdfast::scenarios::traces {

// "8,0"
bool is_device(std::string_view field);

class Blkparse final : public Decoder {
 public:
  explicit Blkparse(std::istream& from) : lines_(from) {}

  Read<std::optional<Item>> next() override;

 private:
  Read<std::optional<Item>> item_of(const Fields& fields);
  Read<std::optional<Item>> queued(const Fields& fields, Item item);
  Read<bool> read_time(std::string_view field, Nanoseconds& into) const;

  TextLines lines_;
  bool is_in_summary_ = false;
};

}  // namespace holdfast::scenarios::traces
