// Arbitrary bytes as a trace of one format (TRACE_FORMAT, of holdfast::scenarios::traces::Format): requests or one fault, never
// a crash. What is a request can be spelled out and read again, and fits any volume.
//
//   input   byte 0: the logical block and the size of the volume; then the trace
#include <sstream>
#include <string>

#include "core/base/check.h"
#include "scenarios/traces/decoder.h"
#include "scenarios/traces/request_text.h"

using namespace holdfast;
using namespace holdfast::scenarios::traces;

namespace {

DeviceLimits volume_of(std::uint8_t byte) {
  DeviceLimits limits;
  limits.logical_block_bytes = (byte & 1) != 0 ? 4096 : 512;
  limits.discard_granularity_bytes = (byte & 2) != 0 ? 4096 : 0;
  limits.sectors = Sectors(8 + (byte >> 2));
  return limits;
}

void take(const sim::Request& request, const DeviceLimits& volume) {
  check(request.bytes <= byte_max && request.first_byte <= byte_max - request.bytes,
        "a request ends before 2^63");
  check(request.bytes > 0 || request.kind == sim::Request::Kind::flush, "a request has bytes");
  auto again = request_in(text_of(request));
  check(again && text_of(*again) == text_of(request), "a request is read as it is written");
  Extent extent = sim::fit(request, volume).extent;
  check(extent.empty() || check_request(volume, extent).has_value(),
        "what is made fits the volume");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  DeviceLimits volume = volume_of(data[0]);
  std::istringstream from(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  recognized(from).has_value();
  std::unique_ptr<Decoder> decoder = decoder_of(Format::TRACE_FORMAT, from);
  std::size_t requests = 0;
  for (;;) {
    auto item = decoder->next();
    if (!item) check(!item.error().text().empty(), "a fault says something");
    if (!item || !*item) break;
    take((*item)->request, volume);
    check(++requests <= size, "a trace bounds its requests");
  }
  return 0;
}
