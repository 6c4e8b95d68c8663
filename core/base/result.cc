#include "core/base/result.h"

#include <fmt/format.h>

namespace holdfast {

std::string FormatError::text() const {
  if (where.empty()) return fmt::format("offset {}, {}: {}", offset, field, message);
  return fmt::format("{}: offset {}, {}: {}", where, offset, field, message);
}

}  // namespace holdfast
