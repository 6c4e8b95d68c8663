#include <memory>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "scenarios/schema.h"

namespace holdfast::drivers {

void add_schema(Program& program) {
  auto name = std::make_shared<std::string>();
  CLI::App& command = program.add(
      "schema", "print the JSON Schema (draft-07) of a kind of file", [name](Console& console) {
        console.document(scenarios::schema_text(*scenarios::schema_named(*name)));
        return ExitCode::held;
      });
  command.add_option("kind", *name, "scenario, volume, report, failure, exploration or mutants")
      ->required()
      ->check(CLI::IsMember({"scenario", "volume", "report", "failure", "exploration", "mutants"}));
}

}  // namespace holdfast::drivers
