// The `sabotage` section: which device breaks which promise of the port, and how often.
//
//   {"m1": "drop_flush", "log": "swap_writes:5", "volume": "stale_read"}
//
//   The words are those of core/block/sabotage.h; ":5" is each fifth request that could be sabotaged. "volume" is the volume
//   itself, where no device has that name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/section.h"
#include "sim/sabotage.h"

namespace holdfast::scenarios {

// `devices`: names in the order in which the volume is opened.
std::vector<sim::SabotageSpec> read_sabotages(Section& section,
                                              const std::vector<std::string>& devices);

// One of them, "WHAT[:EVERY]" of DEVICE; what is wrong with it, or nothing.
std::string parse_sabotage(std::string_view device, std::string_view text,
                           const std::vector<std::string>& devices, sim::SabotageSpec& into);

// "drop_flush, drop_fua, …"
std::string names_of_sabotages();

}  // namespace holdfast::scenarios
