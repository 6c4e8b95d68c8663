#include "scenarios/traces/decoder.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scenarios/traces/blkparse.h"
#include "scenarios/traces/dm_log_writes.h"
#include "scenarios/traces/fio_iolog.h"
#include "scenarios/traces/msr_csv.h"

namespace holdfast::scenarios::traces {
namespace {

constexpr std::size_t looked_at_bytes = 512;

Fault unrecognized(std::string_view head) {
  Fault fault;
  fault.field = "format";
  if (head.empty())
    fault.message = "is empty: record the trace again";
  else if (head.starts_with("\x1f\x8b"))
    fault.message = "is compressed: unpack it first, with gzip -d";
  else
    fault.message =
        fmt::format("begins like none of {}: is it another file, or cut off at its beginning?",
                    fmt::join(format_names, ", "));
  return fault;
}

}  // namespace

std::string Fault::text() const {
  std::string place = line == 0 && offset > 0 ? fmt::format("byte {}", offset) : "";
  if (!field.empty()) place += place.empty() ? field : ", " + field;
  return place.empty() ? message : fmt::format("{}: {}", place, message);
}

std::unique_ptr<Decoder> decoder_of(Format format, std::istream& from) {
  switch (format) {
    case Format::fio_iolog: return std::make_unique<FioIolog>(from);
    case Format::blkparse: return std::make_unique<Blkparse>(from);
    case Format::msr_csv: return std::make_unique<MsrCsv>(from);
    case Format::dm_log_writes: break;
  }
  return std::make_unique<DmLogWrites>(from);
}

Read<Format> recognized(std::istream& from) {
  std::string bytes(looked_at_bytes, '\0');
  from.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(from.gcount()));
  from.clear();
  from.seekg(0);
  std::string_view head = bytes;
  if (head.starts_with(log_magic_bytes)) return Format::dm_log_writes;
  if (head.starts_with("fio version ")) return Format::fio_iolog;
  std::string_view line = head.substr(0, head.find('\n'));
  if (std::ranges::count(line, ',') == 6) return Format::msr_csv;
  Fields fields = split_blanks(line);
  bool begins_with_device = !fields.empty() && is_device(fields.front());
  if (begins_with_device || line.starts_with("Input file ")) return Format::blkparse;
  return tl::unexpected(unrecognized(head));
}

}  // namespace holdfast::scenarios::traces
