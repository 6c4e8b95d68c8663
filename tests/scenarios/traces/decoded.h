// What a decoder makes of a text or of bytes: its requests as scenarios spell them, or its fault.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scenarios/traces/decoder.h"
#include "scenarios/traces/request_text.h"

namespace holdfast::scenarios::traces {

struct WhatIsDecoded {
  std::vector<std::string> requests;  // each behind the device that it names, if it names one
  std::string fault;                  // with the line in front
  std::uint64_t others = 0;
  bool has_times = false;
};

inline WhatIsDecoded decoded(Format format, const std::string& bytes) {
  std::istringstream from(bytes);
  std::unique_ptr<Decoder> decoder = decoder_of(format, from);
  WhatIsDecoded told;
  for (;;) {
    auto item = decoder->next();
    if (!item) told.fault = fmt::format("{}: {}", item.error().line, item.error().text());
    if (!item || !*item) break;
    std::string name = (*item)->device.empty() ? "" : (*item)->device + " ";
    told.requests.push_back(name + text_of((*item)->request));
  }
  told.others = decoder->others();
  told.has_times = decoder->has_times();
  return told;
}

// Both: what comes before a fault was told.
inline std::string fault_of(Format format, const std::string& bytes) {
  return decoded(format, bytes).fault;
}

}  // namespace holdfast::scenarios::traces
