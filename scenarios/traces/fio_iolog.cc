#include "scenarios/traces/fio_iolog.h"

#include <algorithm>
#include <array>

namespace holdfast::scenarios::traces {
namespace {

using Kind = sim::Request::Kind;

struct Action {
  std::string_view name;
  std::optional<Kind> kind;  // nothing: no request
};

constexpr std::array<Action, 9> actions{{{"read", Kind::read},
                                         {"write", Kind::write},
                                         {"trim", Kind::discard},
                                         {"sync", Kind::flush},
                                         {"datasync", Kind::flush},
                                         {"sync_file_range", std::nullopt},
                                         {"add", std::nullopt},
                                         {"open", std::nullopt},
                                         {"close", std::nullopt}}};

constexpr std::uint64_t microseconds_max = byte_max / 1000;

}  // namespace

Read<bool> FioIolog::read_version() {
  auto line = lines_.next();
  if (!line) return tl::unexpected(line.error());
  std::string_view text = line->value_or("");
  if (text == "fio version 2 iolog") version_ = 2;
  if (text == "fio version 3 iolog") version_ = 3;
  if (version_ == 0)
    return lines_.wrong("version", text, "\"fio version 2 iolog\" or \"fio version 3 iolog\"");
  return true;
}

Read<std::optional<Item>> FioIolog::next() {
  if (version_ == 0)
    if (auto version = read_version(); !version) return tl::unexpected(version.error());
  for (;;) {
    auto line = lines_.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return std::optional<Item>();
    if (split_blanks(**line).empty()) continue;
    auto item = item_of(**line);
    if (!item || *item) return item;
    ++others_;
  }
}

Read<std::optional<Item>> FioIolog::item_of(std::string_view line) {
  Fields fields = split_blanks(line);
  if (version_ == 3) {
    auto time = number_in(fields.front(), microseconds_max);
    if (!time) return lines_.wrong("timestamp", fields.front(), "microseconds since the job began");
    microseconds_ = *time;
    fields.erase(fields.begin());
  }
  if (fields.size() < 2) return lines_.wrong("action", line, "a file and an action");
  std::string_view file = fields[0], action = fields[1];
  fields.erase(fields.begin(), fields.begin() + 2);
  if (version_ == 2 && action == "wait") return wait(fields);
  return request_of(file, action, fields);
}

Read<std::optional<Item>> FioIolog::wait(const Fields& numbers) {
  auto time = numbers.empty() ? std::nullopt : number_in(numbers[0], microseconds_max);
  if (!time || *time > microseconds_max - microseconds_)
    return lines_.wrong("offset", numbers.empty() ? "" : numbers[0], "microseconds to wait");
  microseconds_ += *time;
  has_times_ = true;
  return std::optional<Item>();
}

Read<std::optional<Item>> FioIolog::request_of(std::string_view file, std::string_view action,
                                               const Fields& numbers) {
  auto known = std::ranges::find(actions, action, &Action::name);
  if (known == actions.end())
    return lines_.wrong("action", action,
                        "read, write, trim, sync, datasync, sync_file_range, add, open or close");
  if (!known->kind) return std::optional<Item>();
  Item item;
  item.device = file;
  item.request.kind = *known->kind;
  item.request.due = Nanoseconds(microseconds_ * 1000);
  has_times_ |= version_ == 3;
  if (item.request.kind == Kind::flush) return item;
  if (numbers.size() != 2)
    return lines_.wrong("length", numbers.empty() ? "" : numbers.back(), "an offset and a length");
  auto offset = number_in(numbers[0]);
  if (!offset) return lines_.wrong("offset", numbers[0], "bytes from the start of the file");
  auto length = number_in(numbers[1], byte_max - *offset);
  if (!length || *length == 0) return lines_.wrong("length", numbers[1], "a number of bytes");
  item.request.first_byte = *offset;
  item.request.bytes = *length;
  return item;
}

}  // namespace holdfast::scenarios::traces
