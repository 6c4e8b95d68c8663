#include "scenarios/failure_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/nearest.h"
#include "scenarios/schema.h"
#include "scenarios/section.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint32_t cycles_max = 300;
constexpr std::uint32_t operations_max = 100'000;
constexpr std::string_view make_anew = "make it anew with `sim … --failures DIR`";

std::vector<std::string_view> family_names() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < sim::family_count; ++i)
    names.push_back(sim::name_of(static_cast<sim::Family>(i)));
  return names;
}

// What is wrong with the text of a key.
std::string fault_of_key(const std::string& text) {
  std::string family = text.substr(0, text.find('/'));
  std::vector<std::string_view> known = family_names();
  if (std::ranges::find(known, family) == known.end())
    return fmt::format("there are no choices of the family \"{}\"; {}", family,
                       hint_for(family, known));
  return "expected family/device/lba/nth/fragment, four whole numbers without leading zeros, such "
         "as \"lands/2/37/4/0\"";
}

class Reading {
 public:
  explicit Reading(const Document& document)
      : document_(document), root_(document, "", problems_) {}

  Parsed<FailureFile> run() {
    if (document_.schema_id() != schema_id(SchemaKind::failure)) return tl::unexpected(version());
    for (std::string_view key : {"schema", "scenario", "choices", "finding", "operations"})
      root_.find(key);
    read_root();
    read_finding();
    read_operations();
    read_choices();
    root_.refuse_unknown_keys();
    if (problems_.empty()) problems_ = schema_problems(document_, SchemaKind::failure);
    if (problems_.empty()) read_scenario();
    if (!problems_.empty()) return tl::unexpected(in_order(std::move(problems_)));
    return std::move(file_);
  }

 private:
  Problems version() const {
    std::string found = document_.schema_id();
    if (!found.starts_with("holdfast.failure/"))
      return {document_.problem("/schema",
                                "this is no failure file: expected \"schema\": "
                                "\"holdfast.failure/1\"")};
    return {document_.problem(
        "/schema", fmt::format("found \"{}\", expected \"{}\": replay it with the program that "
                               "wrote it, or {}",
                               found, schema_id(SchemaKind::failure), make_anew))};
  }

  void read_root() {
    for (std::string_view key : {"name", "run", "finding", "scenario", "choices"})
      root_.require(key);
    root_.read("name", file_.failure.name);
    root_.read_strings("story", file_.failure.story);
    std::uint32_t cycles = 0;
    if (root_.read_integer("cycles", cycles, 1, cycles_max)) file_.failure.cycles = cycles;
    std::string run;
    if (!root_.read("run", run)) return;
    auto number = parse_seed(run);
    if (!number)
      return root_.problem("run", fmt::format("found \"{}\", expected a number such as "
                                              "\"0x00000000000001a5\"",
                                              run));
    file_.failure.run_number = *number;
  }

  void read_finding() {
    Section section(document_, "/finding", problems_);
    sim::Failure& failure = file_.failure;
    std::uint64_t sector = 0, sectors = 0;
    section.require("signature");
    section.read("signature", failure.signature);
    section.read("declared", failure.is_declared);
    section.read_integer("crash", failure.crash, 0, UINT32_MAX);
    section.read_integer("sector", sector, 0, std::uint64_t{1} << 40);
    section.read_integer("sectors", sectors, 0, std::uint64_t{1} << 40);
    failure.where = Extent(Lba(sector), Sectors(sectors));
    section.refuse_unknown_keys();
  }

  void read_operations() {
    const nlohmann::json* cycles = root_.find("operations");
    if (!cycles) return;
    sim::KeptOperations& kept = file_.failure.kept.emplace();
    if (!cycles->is_array()) return root_.problem("operations", "expected a list for each cycle");
    for (std::size_t cycle = 0; cycle < cycles->size(); ++cycle)
      read_cycle(fmt::format("operations/{}", cycle), (*cycles)[cycle], kept.emplace_back());
  }

  void read_cycle(const std::string& at, const nlohmann::json& list,
                  std::vector<std::uint32_t>& numbers) {
    if (!list.is_array()) return root_.problem(at, "expected a list of numbers of operations");
    for (const nlohmann::json& number : list) {
      if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= operations_max)
        return root_.problem(
            at, fmt::format("found {}, expected numbers below {}", shown(number), operations_max));
      numbers.push_back(number.get<std::uint32_t>());
    }
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  }

  void read_choices() {
    const nlohmann::json* choices = root_.find("choices");
    if (!choices) return;
    if (!choices->is_object())
      return root_.problem("choices", "expected an object: values by the text of their keys");
    for (const auto& [text, value] : choices->items()) {
      auto key = sim::key_of(text);
      // Two spellings of one key could say two things about one choice.
      if (!key || sim::text_of(*key) != text) {
        wrong_choice(text, fault_of_key(text));
        continue;
      }
      auto number = value_of(value);
      if (!number)
        wrong_choice(text, fmt::format("found {}, expected a whole number from 1 to 2^64 - 1: 0, "
                                       "the benign answer, is what is not here",
                                       shown(value)));
      else
        file_.failure.choices.emplace_back(*key, *number);
    }
    std::ranges::sort(file_.failure.choices);
  }

  void wrong_choice(const std::string& text, std::string message) {
    problems_.push_back(document_.problem(pointer_to("/choices", text), std::move(message)));
  }

  static std::optional<std::uint64_t> value_of(const nlohmann::json& value) {
    std::optional<std::uint64_t> number;
    if (value.is_number_unsigned()) number = value.get<std::uint64_t>();
    if (value.is_string()) number = parse_seed(value.get<std::string>());
    return number == 0 ? std::nullopt : number;
  }

  void read_scenario() {
    auto scenario = scenario_in(document_.part("/scenario"));
    if (!scenario) {
      problems_ = scenario.error();
      return;
    }
    file_.failure.scenario = scenario->effective;
    file_.scenario = std::move(*scenario);
    file_.scenario.name = file_.failure.name;
  }

  const Document& document_;
  Problems problems_;
  Section root_;
  FailureFile file_;
};

Parsed<FailureFile> interpret(Parsed<Document> document) {
  if (document) return Reading(*document).run();
  Problems problems = document.error();
  for (Problem& problem : problems)
    if (problem.message.starts_with("not JSON") || problem.message.starts_with("expected one JSON"))
      problem.message += fmt::format("; is it cut off? Copy it again, or {}", make_anew);
  return tl::unexpected(std::move(problems));
}

}  // namespace

Parsed<FailureFile> read_failure(const std::string& path) {
  return interpret(Document::read(path));
}

Parsed<FailureFile> parse_failure(const std::string& name, const std::string& text) {
  return interpret(Document::parse(name, text));
}

}  // namespace holdfast::scenarios
