#include "scenarios/traces/blkparse.h"

#include <algorithm>
#include <array>

namespace holdfast::scenarios::traces {
namespace {

using Kind = sim::Request::Kind;

enum Column : std::uint8_t { device, cpu, sequence, seconds, pid, action, rwbs, rest };

constexpr std::array<std::string_view, 20> actions{"A", "B", "C",  "D",  "F",  "G", "I",
                                                   "M", "P", "Q",  "R",  "S",  "T", "U",
                                                   "X", "m", "UT", "ZP", "ZU", "ZM"};
constexpr std::uint64_t sector_max = byte_max / sector_bytes;
constexpr std::uint64_t seconds_max = 1'000'000'000;
constexpr std::uint64_t nanoseconds_in_second = 1'000'000'000;

struct Rwbs {
  std::optional<Kind> kind;  // nothing: no data
  bool is_of_zone = false;
  WriteFlags flags;
};

std::optional<Kind> kind_of(char letter) {
  switch (letter) {
    case 'R': return Kind::read;
    case 'W': return Kind::write;
    case 'D': return Kind::discard;
    default: return std::nullopt;
  }
}

// Nothing if a letter is none of RWBS.
std::optional<Rwbs> rwbs_of(std::string_view letters) {
  Rwbs found;
  found.flags.preflush = letters.starts_with('F');
  if (found.flags.preflush) letters.remove_prefix(1);
  found.is_of_zone = letters.starts_with('Z');
  if (found.is_of_zone) return found;
  if (!letters.empty() && std::string_view("RWDNF").find(letters[0]) != letters.npos) {
    found.kind = kind_of(letters[0]);
    found.flags.preflush |= letters[0] == 'F';
    letters.remove_prefix(1);
  }
  if (found.kind == Kind::write && letters.starts_with('Z')) found.kind = Kind::write_zeroes;
  for (char letter : letters) {
    if (std::string_view("FASMBZE").find(letter) == std::string_view::npos) return {};
    found.flags.fua |= letter == 'F' || letter == 'B';
    found.flags.preflush |= letter == 'B';
  }
  return found;
}

bool begins_summary(std::string_view line) {
  bool is_cpu = line.starts_with("CPU") && line.size() > 3 && line[3] >= '0' && line[3] <= '9';
  return is_cpu || line.starts_with("Total (");
}

}  // namespace

bool is_device(std::string_view field) {
  Fields numbers = split_commas(field);
  return numbers.size() == 2 && number_in(numbers[0]) && number_in(numbers[1]);
}

Read<std::optional<Item>> Blkparse::next() {
  for (;;) {
    auto line = lines_.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return std::optional<Item>();
    is_in_summary_ |= begins_summary(**line);
    Fields fields = split_blanks(**line);
    if (is_in_summary_ || fields.empty() || (*line)->starts_with("Input file ")) continue;
    auto item = item_of(fields);
    if (!item || *item) return item;
    ++others_;
  }
}

Read<std::optional<Item>> Blkparse::item_of(const Fields& fields) {
  if (!is_device(fields[device]))
    return lines_.wrong("device", fields[device], "major,minor such as 8,0");
  if (fields.size() <= rwbs)
    return lines_.fault("",
                        "has too few fields: expected device, CPU, sequence, seconds, process, "
                        "action, RWBS and what was asked; is the trace cut off?");
  for (Column column : {cpu, sequence, pid})
    if (!number_in(fields[column]))
      return lines_.wrong(column == cpu        ? "CPU"
                          : column == sequence ? "sequence"
                                               : "process",
                          fields[column], "a whole number");
  Item item;
  item.device = fields[device];
  if (auto time = read_time(fields[seconds], item.request.due); !time)
    return tl::unexpected(time.error());
  if (std::ranges::find(actions, fields[action]) == actions.end())
    return lines_.wrong("action", fields[action], "an action of blkparse such as Q, D or C");
  if (fields[action] != "Q") return std::optional<Item>();
  return queued(fields, std::move(item));
}

Read<bool> Blkparse::read_time(std::string_view field, Nanoseconds& into) const {
  std::size_t dot = field.find('.');
  std::string_view fraction = dot == field.npos ? "" : field.substr(dot + 1);
  auto whole = number_in(field.substr(0, dot), seconds_max);
  auto nanoseconds = fraction.size() == 9 ? number_in(fraction) : std::nullopt;
  if (!whole || !nanoseconds)
    return lines_.wrong("seconds", field, "seconds with nine digits behind the dot");
  into = Nanoseconds(*whole * nanoseconds_in_second + *nanoseconds);
  return true;
}

// "223490 + 8 [fio]", "[fio]" where nothing is carried, "36 (12 00 ..) [fio]" of a SCSI command.
Read<std::optional<Item>> Blkparse::queued(const Fields& fields, Item item) {
  auto letters = rwbs_of(fields[rwbs]);
  if (!letters) return lines_.wrong("RWBS", fields[rwbs], "letters such as R, WS or FWFS");
  if (letters->is_of_zone) return std::optional<Item>();
  sim::Request& request = item.request;
  has_times_ = true;
  bool has_sectors = fields.size() > rest + 1 && fields[rest + 1] == "+";
  if (!has_sectors) {
    bool is_process = fields.size() > rest && fields[rest].starts_with('[');
    bool is_command = fields.size() > rest + 1 && fields[rest + 1].starts_with('(');
    if (!is_process && !is_command)
      return lines_.wrong("sector", fields.size() > rest ? fields[rest] : "",
                          "sector + sectors [process]; is the line cut off?");
    if (is_command || !letters->flags.preflush) return std::optional<Item>();
    return item;
  }
  auto sector = number_in(fields[rest], sector_max);
  if (!sector) return lines_.wrong("sector", fields[rest], "a sector below 2^54");
  auto sectors =
      fields.size() > rest + 2 ? number_in(fields[rest + 2], sector_max - *sector) : std::nullopt;
  if (!sectors)
    return lines_.wrong("sectors", fields.size() > rest + 2 ? fields[rest + 2] : "",
                        "a number of sectors; is the line cut off?");
  if (*sectors == 0 && letters->flags.preflush) return item;
  if (*sectors == 0 || !letters->kind) return std::optional<Item>();
  request.kind = *letters->kind;
  request.first_byte = *sector * sector_bytes;
  request.bytes = *sectors * sector_bytes;
  if (request.writes()) request.flags = letters->flags;
  return item;
}

}  // namespace holdfast::scenarios::traces
