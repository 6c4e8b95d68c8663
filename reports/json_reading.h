// One value of a JSON document, its place, and what was expected of it; the first disappointment ends the reading.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace holdfast::reports {

// The first thing that was not as expected. Reads after it answer empty values, so callers need not ask each time.
struct Disappointment {
  std::string pointer;
  std::string message;
  bool is_there() const { return !message.empty(); }
};

class JsonValue {
 public:
  JsonValue(const nlohmann::json& value, std::string pointer, Disappointment& first)
      : value_(&value), pointer_(std::move(pointer)), first_(first) {}

  // Null if the key is not there, which only optional() takes silently.
  JsonValue at(std::string_view key) const;
  std::optional<JsonValue> optional(std::string_view key) const;

  std::string text() const;
  std::uint64_t number() const;
  std::uint64_t number_between(std::uint64_t min, std::uint64_t max) const;
  std::uint64_t hex() const;  // "0x" and 16 digits
  double real() const;  // finite, not negative
  bool truth() const;
  // The place of the text among the names.
  template <class Names>
  std::size_t one_of(const Names& names) const {
    std::string found = text();
    std::size_t at = 0;
    for (std::string_view name : names) {
      if (name == found) return at;
      ++at;
    }
    if (value_->is_string()) refuse("one of the names that the schema lists");
    return 0;
  }
  template <class Each>
  void each(Each read) const {
    if (!value_->is_array()) return refuse("an array");
    for (std::size_t i = 0; i < value_->size() && !first_.is_there(); ++i)
      read(JsonValue((*value_)[i], pointer_ + "/" + std::to_string(i), first_));
  }

  // Of an object: read(key, value), in the order of keys.
  template <class Each>
  void each_member(Each read) const {
    if (!value_->is_object()) return refuse("an object");
    for (const auto& [key, value] : value_->items())
      if (!first_.is_there()) read(key, JsonValue(value, pointer_ + "/" + key, first_));
  }

  void refuse(std::string_view expected) const;

 private:
  const nlohmann::json* value_;
  std::string pointer_;
  Disappointment& first_;
};

}  // namespace holdfast::reports
