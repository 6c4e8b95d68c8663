#include "scenarios/explore_section.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint64_t operations_max = 1000;
constexpr std::uint64_t depth_max = 8;
constexpr std::uint64_t arrivals_max = 1000;
constexpr std::uint64_t schedules_max = 1'000'000;

}  // namespace

sim::Scope read_scope(Section& section) {
  sim::Scope scope;
  section.read_integer("depth", scope.depth, 1, depth_max);
  section.read_integer("arrivals", scope.arrivals, 1, arrivals_max);
  section.read_integer("sampled_schedules", scope.sampled, 0, schedules_max);
  section.read_integers("operations", scope.operations, 0, operations_max);
  section.read("absent", scope.absent);
  if (scope.operations.size() > scope.depth)
    section.problem("operations", "says more lives than depth: the last one only recovers");
  section.refuse_unknown_keys();
  return scope;
}

}  // namespace holdfast::scenarios
