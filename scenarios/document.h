// A JSON text as a tree that knows on which line each of its values stood.
//
//   `//` comments are left out. A key that stands twice in one object is a problem, not a choice. Overrides ("a.b=v")
//   are applied before anybody reads: the value is JSON where it parses as JSON, else a plain string; null takes the
//   key away. A dot beside another dot belongs to the name: "devices.m0..m3.size=1MiB". A number selects from an array.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/problem.h"

namespace holdfast::scenarios {

class Document {
 public:
  static constexpr std::size_t bytes_max = 16 << 20;
  static constexpr std::size_t report_bytes_max = 256 << 20;  // a report may hold many timelines

  static Parsed<Document> read(const std::string& path,
                               const std::vector<std::string>& overrides = {},
                               std::size_t file_bytes_max = bytes_max);
  static Parsed<Document> parse(const std::string& name, std::string_view text,
                                const std::vector<std::string>& overrides = {});

  const nlohmann::json& root() const { return *root_; }
  const std::string& file() const { return file_; }
  // Of the value, or of the nearest value around it that stood in the file.
  int line_of(std::string pointer) const;
  Problem problem(const std::string& pointer, std::string message) const;
  // The object at `pointer`, as a document of its own: its problems are told with the places that they have here.
  Document part(const std::string& pointer) const;
  // "holdfast.scenario/1", or nothing if the document doesn't say.
  std::string schema_id() const;

 private:
  Document() = default;
  void override_value(const std::string& assignment, Problems& problems);

  std::string file_;
  std::string within_;  // pointer of the root in the file
  std::shared_ptr<nlohmann::json> root_;
  std::map<std::string, int, std::less<>> lines_;
};

// As JSON, shortened to fit into a sentence.
std::string shown(const nlohmann::json& value);
// The pointer of a member of what stands at `pointer`; the key is escaped.
std::string pointer_to(const std::string& pointer, std::string_view key);

}  // namespace holdfast::scenarios
