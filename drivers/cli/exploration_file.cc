#include "drivers/cli/exploration_file.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include "core/base/checksum.h"
#include "scenarios/schema.h"

namespace holdfast::drivers {
namespace {

constexpr std::string_view what_to_do =
    "; name another file, or remove this one to explore all of it again";

scenarios::Problems with_advice(scenarios::Problems problems) {
  for (scenarios::Problem& problem : problems) problem.message += what_to_do;
  return problems;
}

}  // namespace

// The reader says what is wrong more clearly than the schema, which looks for what the reader lets pass: unknown keys.
scenarios::Parsed<reports::ExplorationSoFar> read_exploration_file(const std::string& path) {
  auto document = scenarios::Document::read(path, {}, scenarios::Document::report_bytes_max);
  if (!document) return tl::unexpected(document.error());
  auto so_far = reports::read_exploration(document->root());
  if (!so_far)
    return tl::unexpected(
        scenarios::Problems{document->problem(so_far.error().pointer, so_far.error().message)});
  auto problems = scenarios::schema_problems(*document, scenarios::SchemaKind::exploration);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return std::move(*so_far);
}

scenarios::Parsed<reports::ExplorationSoFar> resumed(const std::string& path,
                                                     const reports::ExplorationSoFar& wanted) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return wanted;
  auto found = read_exploration_file(path);
  if (!found) return tl::unexpected(with_advice(found.error()));
  reports::ReadingProblem other = reports::difference(*found, wanted);
  if (other.message.empty()) return found;
  return tl::unexpected(with_advice({{path, 0, other.pointer, other.message}}));
}

std::uint64_t digest_of_program() {
  constexpr std::size_t piece_bytes = 1 << 20;
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::vector<char> piece(piece_bytes);
  std::uint64_t digest = 0;
  while (file.read(piece.data(), piece_bytes) || file.gcount() > 0)
    digest = crc64_continue(
        digest, std::as_bytes(std::span(piece)).first(static_cast<std::size_t>(file.gcount())));
  return digest;
}

}  // namespace holdfast::drivers
