// The JSON Schemas (draft-07) of what Holdfast reads and writes, built into the program.
//
//   scenarios/schema/scenario.schema.json, volume.schema.json   what the parser accepts, as far as a schema can say it
//   scenarios/schema/mutants.schema.json                        the catalogue of mutants
//   scenarios/schema/failure.schema.json                        a failure that was found: written by reports/, read again
//   scenarios/schema/exploration.schema.json                    an exploration so far: written by reports/, read again
//   reports/report.schema.json                                  what reports/ writes
//
//   Every file that the parser accepts is checked against its schema too, so the two can't drift apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "scenarios/document.h"

namespace holdfast::scenarios {

enum class SchemaKind : std::uint8_t { scenario, volume, report, mutants, failure, exploration };

std::string_view schema_text(SchemaKind kind);
// "scenario", "volume", "report", "mutants", "failure", "exploration".
std::optional<SchemaKind> schema_named(std::string_view name);
// "holdfast.scenario/1"
std::string_view schema_id(SchemaKind kind);
std::optional<SchemaKind> schema_with_id(std::string_view id);

// Where the document breaks its schema; empty if nowhere.
Problems schema_problems(const Document& document, SchemaKind kind);

}  // namespace holdfast::scenarios
