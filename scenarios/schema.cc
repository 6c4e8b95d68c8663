#include "scenarios/schema.h"

#include <array>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "scenarios/schema_texts.h"

namespace holdfast::scenarios {
namespace {

using nlohmann::json;

struct Entry {
  SchemaKind kind;
  std::string_view name;
  std::string_view id;
  std::string_view text;
};

constexpr std::array entries{
    Entry{SchemaKind::scenario, "scenario", "holdfast.scenario/1", schema_texts::scenario},
    Entry{SchemaKind::volume, "volume", "holdfast.volume/1", schema_texts::volume},
    Entry{SchemaKind::report, "report", "holdfast.report/1", schema_texts::report},
    Entry{SchemaKind::mutants, "mutants", "holdfast.mutants/1", schema_texts::mutants},
    Entry{SchemaKind::failure, "failure", "holdfast.failure/1", schema_texts::failure},
    Entry{SchemaKind::exploration, "exploration", "holdfast.exploration/1",
          schema_texts::exploration},
};

const Entry& entry_of(SchemaKind kind) { return entries[static_cast<std::size_t>(kind)]; }

// "<root>[devices][m0][size]" -> "/devices/m0/size"
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i)
    pointer = pointer_to(pointer, context[i].substr(1, context[i].size() - 2));
  return pointer;
}

}  // namespace

std::string_view schema_text(SchemaKind kind) { return entry_of(kind).text; }

std::string_view schema_id(SchemaKind kind) { return entry_of(kind).id; }

std::optional<SchemaKind> schema_named(std::string_view name) {
  for (const Entry& entry : entries)
    if (entry.name == name) return entry.kind;
  return {};
}

std::optional<SchemaKind> schema_with_id(std::string_view id) {
  for (const Entry& entry : entries)
    if (entry.id == id) return entry.kind;
  return {};
}

Problems schema_problems(const Document& document, SchemaKind kind) {
  json text = json::parse(schema_text(kind));
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document.root()),
                         &results))
    return {};
  Problems problems;
  for (const auto& error : results)
    problems.push_back(document.problem(pointer_of(error.context), error.description));
  return problems;
}

}  // namespace holdfast::scenarios
