#include "reports/json_reading.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace holdfast::reports {
namespace {

const nlohmann::json nothing;

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t characters_max = 60;
  if (value.is_structured()) return value.is_object() ? "an object" : "an array";
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= characters_max ? text : text.substr(0, characters_max - 3) + "...";
}

}  // namespace

void JsonValue::refuse(std::string_view expected) const {
  if (first_.is_there()) return;
  first_.pointer = pointer_;
  first_.message = fmt::format(
      "{}, expected {}", value_ == &nothing ? "missing" : "found " + shown(*value_), expected);
}

JsonValue JsonValue::at(std::string_view key) const {
  JsonValue member(nothing, fmt::format("{}/{}", pointer_, key), first_);
  if (!value_->is_object()) return refuse("an object"), member;
  auto found = value_->find(key);
  if (found != value_->end()) member.value_ = &*found;
  return member;
}

std::optional<JsonValue> JsonValue::optional(std::string_view key) const {
  if (!value_->is_object() || !value_->contains(key)) return std::nullopt;
  return at(key);
}

std::string JsonValue::text() const {
  if (value_->is_string()) return value_->get<std::string>();
  refuse("text");
  return {};
}

std::uint64_t JsonValue::number() const {
  bool is_whole = value_->is_number_integer();
  if (is_whole && (value_->is_number_unsigned() || value_->get<std::int64_t>() >= 0))
    return value_->get<std::uint64_t>();
  refuse("a whole number, not negative");
  return 0;
}

std::uint64_t JsonValue::number_between(std::uint64_t min, std::uint64_t max) const {
  std::uint64_t found = number();
  if (found >= min && found <= max) return found;
  refuse(fmt::format("a number from {} to {}", min, max));
  return min;
}

std::uint64_t JsonValue::hex() const {
  constexpr std::size_t digits = 16;
  std::string found = text();
  std::uint64_t value = 0;
  bool is_hex = found.size() == 2 + digits && found.starts_with("0x") &&
                found.find_first_not_of("0123456789abcdef", 2) == found.npos;
  if (is_hex) std::from_chars(found.data() + 2, found.data() + found.size(), value, 16);
  if (!is_hex) refuse("64 bits as text: \"0x\" and 16 digits");
  return value;
}

double JsonValue::real() const {
  double value = value_->is_number() ? value_->get<double>() : -1;
  if (std::isfinite(value) && value >= 0) return value;
  refuse("a number, not negative");
  return 0;
}

bool JsonValue::truth() const {
  if (value_->is_boolean()) return value_->get<bool>();
  refuse("true or false");
  return false;
}

}  // namespace holdfast::reports
