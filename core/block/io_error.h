// What a sick device answers, as a value.
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "core/base/types.h"

namespace holdfast {

enum class IoErrorKind : std::uint8_t {
  media,        // this place can't be read until it is written again; the device works otherwise
  io,           // the command failed, nothing is known of its effect
  gone,         // the device is no longer there; it answers so until the next open
  // No answer in time; the request may still take effect: the device is to be failed for good.
  timeout,
  read_only,  // the device, or the volume in its present state, takes no writes
  range,  // the request lies outside the device or is not aligned to its logical block
  unsupported,  // the device can't do this command
  failed,  // the volume has lost more than it can make good
};

struct IoError {
  IoErrorKind kind = IoErrorKind::io;
  Lba where;  // first sector known to be affected, in the coordinates of the device that answered

  IoError(IoErrorKind what, Lba at) : kind(what), where(at) {}
  bool operator==(const IoError&) const = default;
};

using IoResult = tl::expected<void, IoError>;

inline tl::unexpected<IoError> io_error(IoErrorKind kind, Lba where) {
  return tl::unexpected<IoError>(IoError(kind, where));
}

constexpr std::string_view name_of(IoErrorKind kind) {
  switch (kind) {
    case IoErrorKind::media: return "media error";
    case IoErrorKind::io: return "I/O error";
    case IoErrorKind::gone: return "device gone";
    case IoErrorKind::timeout: return "timeout";
    case IoErrorKind::read_only: return "read-only";
    case IoErrorKind::range: return "out of range or unaligned";
    case IoErrorKind::unsupported: return "unsupported";
    case IoErrorKind::failed: return "volume failed";
  }
  return "unknown";
}

}  // namespace holdfast
