#include "scenarios/section.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "scenarios/nearest.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

using nlohmann::json;

constexpr std::string_view size_expected = "a size such as \"64KiB\" or \"512B\"";
constexpr std::string_view duration_expected = "a duration such as \"5ms\" or \"30s\"";

struct NumberedName {
  std::string_view prefix;
  std::uint64_t number = 0;
};

bool is_name(std::string_view text) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 32 && is_letter(text[0]) &&
         std::ranges::all_of(text, is_inner);
}

bool split_number(std::string_view name, NumberedName& into) {
  std::size_t digits = name.find_last_not_of("0123456789") + 1;
  std::string_view number = name.substr(digits);
  if (number.empty() || number.size() > 4 || (number.size() > 1 && number[0] == '0')) return false;
  into.prefix = name.substr(0, digits);
  std::from_chars(number.data(), number.data() + number.size(), into.number);
  return true;
}

}  // namespace

std::vector<std::string> expand_names(std::string_view text) {
  constexpr std::uint64_t names_max = 256;
  std::size_t dots = text.find("..");
  if (dots == text.npos)
    return is_name(text) ? std::vector{std::string(text)} : std::vector<std::string>{};
  std::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
  NumberedName from, to;
  if (!is_name(first) || !is_name(last) || !split_number(first, from) || !split_number(last, to))
    return {};
  if (from.prefix != to.prefix || from.number > to.number || to.number - from.number >= names_max)
    return {};
  std::vector<std::string> names;
  for (std::uint64_t number = from.number; number <= to.number; ++number)
    names.push_back(fmt::format("{}{}", from.prefix, number));
  return names;
}

Section::Section(const Document& document, std::string pointer, Problems& problems)
    : document_(document), pointer_(std::move(pointer)), problems_(problems) {
  static const json nothing = json::object();
  object_ = &nothing;
  json::json_pointer place(pointer_);
  if (!document.root().contains(place)) return;
  exists_ = true;
  const json& value = document.root()[place];
  is_object_ = value.is_object();
  if (is_object_)
    object_ = &value;
  else
    problem(fmt::format("found {}, expected an object", shown(value)));
}

std::vector<std::string> Section::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object_->items()) keys.push_back(key);
  return keys;
}

bool Section::has(std::string_view key) const { return object_->contains(key); }

const json* Section::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

bool Section::wrong(std::string_view key, const json& found, std::string_view expected) {
  problem(key, fmt::format("found {}, expected {}", shown(found), expected));
  return false;
}

bool Section::read(std::string_view key, std::string& into) {
  const json* value = find(key);
  if (!value) return false;
  if (!value->is_string()) return wrong(key, *value, "a string");
  into = value->get<std::string>();
  return true;
}

bool Section::read(std::string_view key, bool& into) {
  const json* value = find(key);
  if (!value) return false;
  if (!value->is_boolean()) return wrong(key, *value, "true or false");
  into = value->get<bool>();
  return true;
}

bool Section::read_size(std::string_view key, std::uint64_t& bytes) {
  const json* value = find(key);
  if (!value) return false;
  auto size = value->is_string() ? parse_size(value->get_ref<const std::string&>()) : std::nullopt;
  if (!size) return wrong(key, *value, size_expected);
  bytes = *size;
  return true;
}

bool Section::read_duration(std::string_view key, Nanoseconds& into) {
  const json* value = find(key);
  if (!value) return false;
  auto duration =
      value->is_string() ? parse_duration(value->get_ref<const std::string&>()) : std::nullopt;
  if (!duration) return wrong(key, *value, duration_expected);
  into = *duration;
  return true;
}

bool Section::read_probability(std::string_view key, std::uint32_t& parts_per_million) {
  const json* value = find(key);
  if (!value) return false;
  if (!value->is_number() || value->get<double>() < 0 || value->get<double>() > 1)
    return wrong(key, *value, "a probability from 0 to 1");
  double probability = value->get<double>();
  auto rounded = static_cast<std::uint32_t>(std::lround(probability * 1e6));
  if ((rounded == 0 && probability > 0) || (rounded == 1'000'000 && probability < 1))
    return wrong(key, *value, "nothing nearer to 0 or 1 than a millionth");
  parts_per_million = rounded;
  return true;
}

bool Section::read_unsigned(std::string_view key, std::uint64_t& into, std::uint64_t min,
                            std::uint64_t max) {
  const json* value = find(key);
  if (!value) return false;
  if (value->is_number_unsigned()) {
    std::uint64_t number = value->get<std::uint64_t>();
    if (number >= min && number <= max) return into = number, true;
  }
  return wrong(key, *value, fmt::format("a whole number from {} to {}", min, max));
}

bool Section::read_choice_number(std::string_view key, std::size_t& chosen,
                                 std::span<const std::string_view> names) {
  const json* value = find(key);
  if (!value) return false;
  if (!value->is_string())
    return wrong(key, *value, fmt::format("one of {}", fmt::join(names, ", ")));
  const auto& name = value->get_ref<const std::string&>();
  auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    problem(key, fmt::format("found {}, expected one of {}; {}", shown(*value),
                             fmt::join(names, ", "), hint_for(name, names)));
    return false;
  }
  chosen = static_cast<std::size_t>(found - names.begin());
  return true;
}

const json* Section::find_array(std::string_view key) {
  const json* value = find(key);
  if (!value || value->is_array()) return value;
  wrong(key, *value, "an array");
  return nullptr;
}

bool Section::read_strings(std::string_view key, std::vector<std::string>& into) {
  const json* array = find_array(key);
  if (!array) return false;
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const json& value = (*array)[i];
    if (!value.is_string()) return wrong(fmt::format("{}/{}", key, i), value, "a string");
    strings.push_back(value.get<std::string>());
  }
  into = std::move(strings);
  return true;
}

bool Section::read_unsigned_array(std::string_view key, std::vector<std::uint64_t>& into,
                                  std::uint64_t min, std::uint64_t max) {
  const json* array = find_array(key);
  if (!array) return false;
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const json& value = (*array)[i];
    bool is_number = value.is_number_unsigned();
    std::uint64_t number = is_number ? value.get<std::uint64_t>() : 0;
    if (!is_number || number < min || number > max)
      return wrong(fmt::format("{}/{}", key, i), value,
                   fmt::format("a whole number from {} to {}", min, max));
    numbers.push_back(number);
  }
  into = std::move(numbers);
  return true;
}

bool Section::read_names(std::string_view key, std::vector<std::string>& into) {
  std::vector<std::string> texts;
  if (!read_strings(key, texts)) return false;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::string> more = expand_names(texts[i]);
    if (more.empty()) return wrong(fmt::format("{}/{}", key, i), texts[i], names_expected);
    names.insert(names.end(), more.begin(), more.end());
  }
  into = std::move(names);
  return true;
}

bool Section::read_sizes(std::string_view key, std::vector<std::uint64_t>& bytes) {
  std::vector<std::string> texts;
  if (!read_strings(key, texts)) return false;
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto size = parse_size(texts[i]);
    if (!size) return wrong(fmt::format("{}/{}", key, i), texts[i], size_expected);
    sizes.push_back(*size);
  }
  bytes = std::move(sizes);
  return true;
}

void Section::require(std::string_view key) {
  if (!find(key) && is_object_) problem(fmt::format("\"{}\" is missing", key));
}

void Section::require_schema(std::string_view id) {
  std::string found;
  require("schema");
  if (read("schema", found) && found != id)
    problem("schema", fmt::format("found \"{}\", expected \"{}\"", found, id));
}

// `key` may name an element: "sizes/3".
void Section::problem(std::string_view key, std::string message) {
  problems_.push_back(document_.problem(pointer_ + "/" + std::string(key), std::move(message)));
}

void Section::problem(std::string message) {
  problems_.push_back(document_.problem(pointer_, std::move(message)));
}

void Section::refuse_unknown_keys() {
  for (const auto& [key, value] : object_->items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    std::string pointer = pointer_to(pointer_, key);
    problems_.push_back(
        document_.problem(pointer, fmt::format("unknown key; {}", hint_for(key, known_))));
  }
}

}  // namespace holdfast::scenarios
