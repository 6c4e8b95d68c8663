// The delta debugging of Zeller and Hildebrandt, by complements: leaves out ever smaller chunks as long as it still fails.
//
//   D1  What is returned failed, and no single item of it can be left out (unless it was told to stop).
//   D2  The order of the tries depends on nothing but the list and the answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace holdfast::drivers {

// `fails(rest)`: whether it still fails with these items only; `is_over()`: stop now. The whole list fails.
template <class Item, class Fails, class IsOver>
std::vector<Item> ddmin(std::vector<Item> items, Fails fails, IsOver is_over) {
  for (std::size_t chunk = items.size(); chunk > 0 && !items.empty();) {
    bool left_some_out = false;
    for (std::size_t at = 0; at < items.size();) {
      if (is_over()) return items;
      std::vector<Item> rest(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(at));
      std::size_t end = std::min(at + chunk, items.size());
      rest.insert(rest.end(), items.begin() + static_cast<std::ptrdiff_t>(end), items.end());
      if (fails(rest)) {
        items = std::move(rest);
        left_some_out = true;
      } else {
        at = end;
      }
    }
    // Alone, an item may have become needless by one that went after it.
    if (chunk > 1 || !left_some_out) chunk /= 2;
  }
  return items;
}

}  // namespace holdfast::drivers
