#include "reports/failure_json.h"

#include <fmt/format.h>

#include "core/base/checksum.h"
#include "reports/json_parts.h"

namespace holdfast::reports {
namespace {

constexpr std::uint64_t exact_in_javascript = std::uint64_t{1} << 53;

std::string value_text(std::uint64_t value) {
  if (value < exact_in_javascript) return std::to_string(value);
  return fmt::format("\"{}\"", hex(value));
}

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string finding_text(const sim::Failure& failure) {
  return one_line({{"signature", failure.signature},
                   {"declared", failure.is_declared},
                   {"crash", failure.crash},
                   {"sector", failure.where.first.value},
                   {"sectors", failure.where.count.value}});
}

// Between brackets, each on a line of its own.
std::string block(char open, const std::vector<std::string>& lines, char close) {
  std::string text(1, open);
  for (const std::string& line : lines)
    text += fmt::format("{}\n    {}", text.size() == 1 ? "" : ",", line);
  return text + (lines.empty() ? "" : "\n  ") + close;
}

}  // namespace

std::string json_of(const sim::Failure& failure) {
  std::vector<std::string> story, choices;
  for (const std::string& line : failure.story) story.push_back(one_line(line));
  for (const auto& [key, value] : failure.choices)
    choices.push_back(fmt::format("\"{}\": {}", sim::text_of(key), value_text(value)));
  std::string out = "{\n  \"schema\": \"holdfast.failure/1\"";
  auto add = [&out](std::string_view key, std::string_view value) {
    out += fmt::format(",\n  \"{}\": {}", key, value);
  };
  add("name", one_line(failure.name));
  add("story", block('[', story, ']'));
  add("finding", finding_text(failure));
  add("run", one_line(hex(failure.run_number)));
  add("scenario", failure.scenario);
  if (failure.cycles) add("cycles", std::to_string(*failure.cycles));
  if (failure.kept) add("operations", one_line(*failure.kept));
  add("choices", block('{', choices, '}'));
  return out + "\n}\n";
}

std::string file_name_of(const sim::Failure& failure, std::string_view verdict) {
  Bytes signature = std::as_bytes(std::span(failure.signature));
  return fmt::format("{}-{}-{:x}-{:08x}.json", failure.name, verdict, failure.run_number,
                     crc32c(crc32c_start, signature));
}

}  // namespace holdfast::reports
