// One object of a document while it is being read: every key that was asked for is known, every other one is a problem.
//
//   Section raid(document, "/volume", problems);
//   raid.read_integer("level", spec.level, 4, 6);
//   raid.read_size("chunk", spec.chunk_bytes);
//   raid.refuse_unknown_keys();
//
//   S1  A read that finds no key leaves the target as it is and answers false; require() turns that into a problem.
//   S2  A read that finds a wrong value adds a problem, leaves the target as it is and answers false.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/types.h"
#include "scenarios/document.h"

namespace holdfast::scenarios {

template <class T>
using Choice = std::pair<std::string_view, T>;

class Section {
 public:
  // The object at `pointer`. If nothing stands there it is empty; if something else does, that is a problem.
  Section(const Document& document, std::string pointer, Problems& problems);

  bool exists() const { return exists_; }
  const std::string& pointer() const { return pointer_; }
  const std::string& file() const { return document_.file(); }
  std::vector<std::string> keys() const;
  bool has(std::string_view key) const;

  const nlohmann::json* find(std::string_view key);
  bool read(std::string_view key, std::string& into);
  bool read(std::string_view key, bool& into);
  bool read_size(std::string_view key, std::uint64_t& bytes);
  bool read_duration(std::string_view key, Nanoseconds& into);
  // 0.0 to 1.0 in the file.
  bool read_probability(std::string_view key, std::uint32_t& parts_per_million);
  // An array of device names, ranges such as "m0..m3" spelled out.
  bool read_names(std::string_view key, std::vector<std::string>& into);
  bool read_strings(std::string_view key, std::vector<std::string>& into);
  bool read_sizes(std::string_view key, std::vector<std::uint64_t>& bytes);

  template <class Integer>
  bool read_integer(std::string_view key, Integer& into, std::uint64_t min, std::uint64_t max) {
    std::uint64_t value = 0;
    if (!read_unsigned(key, value, min, max)) return false;
    into = static_cast<Integer>(value);
    return true;
  }

  template <class Integer>
  bool read_integers(std::string_view key, std::vector<Integer>& into, std::uint64_t min,
                     std::uint64_t max) {
    std::vector<std::uint64_t> values;
    if (!read_unsigned_array(key, values, min, max)) return false;
    into.clear();
    for (std::uint64_t value : values) into.push_back(static_cast<Integer>(value));
    return true;
  }

  template <class T>
  bool read_choice(std::string_view key, T& into, std::span<const Choice<T>> choices) {
    std::vector<std::string_view> names;
    for (const Choice<T>& choice : choices) names.push_back(choice.first);
    std::size_t chosen = 0;
    if (!read_choice_number(key, chosen, names)) return false;
    into = choices[chosen].second;
    return true;
  }

  void require(std::string_view key);
  void problem(std::string_view key, std::string message);  // at the key's value
  void problem(std::string message);  // at the object itself
  void refuse_unknown_keys();
  // "schema" must stand here and have this value.
  void require_schema(std::string_view id);

 private:
  bool wrong(std::string_view key, const nlohmann::json& found, std::string_view expected);
  bool read_unsigned(std::string_view key, std::uint64_t& into, std::uint64_t min,
                     std::uint64_t max);
  bool read_choice_number(std::string_view key, std::size_t& chosen,
                          std::span<const std::string_view> names);
  const nlohmann::json* find_array(std::string_view key);
  bool read_unsigned_array(std::string_view key, std::vector<std::uint64_t>& into,
                           std::uint64_t min, std::uint64_t max);

  const Document& document_;
  std::string pointer_;
  Problems& problems_;
  const nlohmann::json* object_ = nullptr;
  bool exists_ = false;
  bool is_object_ = false;
  std::vector<std::string_view> known_;
};

// "m0..m3" -> m0 m1 m2 m3; "log" -> log. Nothing if it is neither a name nor a range of at most 256 of them.
std::vector<std::string> expand_names(std::string_view text);
inline constexpr std::string_view names_expected =
    "a name such as \"log\" or a range such as \"m0..m3\"";

}  // namespace holdfast::scenarios
