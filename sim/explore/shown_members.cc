#include "sim/explore/shown_members.h"

#include <algorithm>

namespace holdfast::sim {

ShownMembers::ShownMembers(const LifeRecord& record, const Image& image,
                           const std::vector<std::size_t>& device_of_role)
    : image_(image), device_of_role_(device_of_role) {
  for (const RawPage& raw : record.raw) raw_[raw.place] = raw.content.page.data();
}

Bytes ShownMembers::read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
                         MutableBytes scratch) {
  auto device = static_cast<std::uint32_t>(device_of_role_.empty() ? role : device_of_role_[role]);
  for (std::uint64_t done = 0; done < bytes;) {
    std::uint64_t at = offset + done;
    std::uint64_t part = std::min(page_bytes - at % page_bytes, bytes - done);
    const std::byte* page = page_of(PagePlace(device, static_cast<std::uint32_t>(at / page_bytes)));
    if (part == bytes) return {page + at % page_bytes, part};
    std::copy_n(page + at % page_bytes, part, scratch.begin() + static_cast<std::ptrdiff_t>(done));
    done += part;
  }
  return scratch.first(bytes);
}

const std::byte* ShownMembers::page_of(PagePlace place) const {
  auto shown = raw_.find(place);
  if (shown != raw_.end()) return shown->second;
  return image_.cell(place)->contents().front().page.data();
}

}  // namespace holdfast::sim
