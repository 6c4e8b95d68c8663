#include "sim/explore/sight.h"

#include "core/base/check.h"

namespace holdfast::sim {

const PageContent& Sight::see(PagePlace place) {
  auto [known, is_first] = seen_.try_emplace(place, nullptr);
  if (!is_first) return *known->second;
  const PageContents& contents = image_.cell(place)->contents();
  Step step;
  step.place = place;
  step.contents = static_cast<std::uint32_t>(contents.size());
  if (step.is_decision()) step.chosen = decision(decided_, decisions_++);
  check(step.chosen < contents.size(), "what is decided is among what the page may hold");
  known->second = &contents[step.chosen];
  step.hash = known->second->hash;
  steps_.push_back(step);
  return *known->second;
}

void Sight::see_number(const StateHash& number) {
  Step step;
  step.place = PagePlace(no_device, 0);
  step.hash = number;
  steps_.push_back(step);
}

}  // namespace holdfast::sim
