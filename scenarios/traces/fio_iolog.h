// What fio writes with --write_iolog: versions 2 and 3 of its trace file format (fio HOWTO, "Trace file format").
//
//   fio version 3 iolog                 the first line
//   22 vol.img add                      microseconds, file, action; also open and close
//   167 vol.img write 62976 512         microseconds, file, read | write | trim, offset and length in bytes
//   1421 vol.img sync 880640 0          sync and datasync are flushes; what stands behind them says nothing
//
//   Version 2 has no time in front; `vol.img wait 300 0` lets 300 us go by instead.
//   Not requests: add, open, close, wait, sync_file_range (which promises nothing).
#pragma once

#include "scenarios/traces/text_lines.h"

namespace holdfast::scenarios::traces {

class FioIolog final : public Decoder {
 public:
  explicit FioIolog(std::istream& from) : lines_(from) {}

  Read<std::optional<Item>> next() override;

 private:
  Read<bool> read_version();
  // Nothing: no request.
  Read<std::optional<Item>> item_of(std::string_view line);
  Read<std::optional<Item>> request_of(std::string_view file, std::string_view action,
                                       const Fields& numbers);
  Read<std::optional<Item>> wait(const Fields& numbers);

  TextLines lines_;
  int version_ = 0;  // 0: not read yet
  std::uint64_t microseconds_ = 0;
};

}  // namespace holdfast::scenarios::traces
