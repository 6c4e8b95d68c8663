// One request as a line that people and scenarios write: what a failure file holds of the trace that it was made from.
//
//   "write 62976+512 fua preflush @167us"    kind, first byte + bytes, flags, when it is due after the first one
//   "read 0+4096"  "zeroes 0+4096 fua"  "discard 0+65536"  "flush"
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "sim/request.h"

namespace holdfast::scenarios::traces {

inline constexpr std::string_view request_expected =
    "a request such as \"write 4096+512 fua\", \"read 0+4096\", \"zeroes 0+512\", \"discard "
    "0+4096\" or \"flush\"";

std::string text_of(const sim::Request& request);
// Nothing if it is none.
std::optional<sim::Request> request_in(std::string_view text);

}  // namespace holdfast::scenarios::traces
