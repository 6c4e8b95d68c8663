#include "scenarios/traces/msr_csv.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::scenarios::traces {
namespace {

using Kind = sim::Request::Kind;

enum Column : std::uint8_t { timestamp, hostname, disk, type, offset, size, response, columns };

constexpr std::uint64_t nanoseconds_in_tick = 100;

}  // namespace

Read<std::optional<Item>> MsrCsv::next() {
  for (;;) {
    auto line = lines_.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return std::optional<Item>();
    if ((*line)->empty()) continue;
    Fields fields = split_commas(**line);
    if (lines_.number() > 1 || fields[timestamp] != "Timestamp") return item_of(fields);
  }
}

Read<std::optional<Item>> MsrCsv::item_of(const Fields& fields) {
  if (fields.size() != columns)
    return lines_.fault("", fmt::format("has {} fields, expected 7: Timestamp, Hostname, "
                                        "DiskNumber, Type, Offset, Size, ResponseTime",
                                        fields.size()));
  auto ticks = number_in(fields[timestamp]);
  if (!ticks) return lines_.wrong("Timestamp", fields[timestamp], "a time in units of 100 ns");
  if (!first_ticks_) first_ticks_ = *ticks;
  // Lines stand in the order in which requests ended, nearly that in which they were issued.
  std::uint64_t since = *ticks - std::min(*ticks, *first_ticks_);
  if (since > byte_max / nanoseconds_in_tick)
    return lines_.wrong("Timestamp", fields[timestamp], "a time within 290 years of the first one");
  if (!number_in(fields[disk])) return lines_.wrong("DiskNumber", fields[disk], "a whole number");
  Item item;
  item.device = fmt::format("{}_{}", fields[hostname], fields[disk]);
  item.request.due = Nanoseconds(since * nanoseconds_in_tick);
  has_times_ = true;
  bool is_read = fields[type] == "Read";
  if (!is_read && fields[type] != "Write")
    return lines_.wrong("Type", fields[type], "Read or Write");
  item.request.kind = is_read ? Kind::read : Kind::write;
  auto first = number_in(fields[offset]);
  if (!first) return lines_.wrong("Offset", fields[offset], "bytes from the start of the disk");
  auto bytes = number_in(fields[size], byte_max - *first);
  if (!bytes || *bytes == 0) return lines_.wrong("Size", fields[size], "a number of bytes");
  if (!number_in(fields[response]))
    return lines_.wrong("ResponseTime", fields[response], "a time in units of 100 ns");
  item.request.first_byte = *first;
  item.request.bytes = *bytes;
  return item;
}

}  // namespace holdfast::scenarios::traces
