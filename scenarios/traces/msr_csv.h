// A block I/O trace of MSR Cambridge, as SNIA's IOTTA repository gives it out (the README of its traces, "I/O trace file format").
//
//   Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime
//   128166372003061629,usr,0,Read,10995532800,16384,30123
//
//   Timestamp     when it was issued, in units of 100 ns (Windows filetime)
//   Type          Read or Write; Offset and Size are in bytes, ResponseTime again in 100 ns
//   The device is Hostname_DiskNumber, as the files are called: usr_0. The line of names may be missing, and is, there.
//   There are no flushes in this format: flush_every of the workload adds some.
#pragma once

#include "scenarios/traces/text_lines.h"

namespace holdfast::scenarios::traces {

class MsrCsv final : public Decoder {
 public:
  explicit MsrCsv(std::istream& from) : lines_(from) {}

  Read<std::optional<Item>> next() override;

 private:
  Read<std::optional<Item>> item_of(const Fields& fields);

  TextLines lines_;
  std::optional<std::uint64_t> first_ticks_;
};

}  // namespace holdfast::scenarios::traces
