// The members as a life showed them to the judge, and where it showed nothing, as they always were.
#pragma once

#include <map>
#include <vector>

#include "oracle/member_images.h"
#include "sim/explore/life.h"

namespace holdfast::sim {

class ShownMembers final : public oracle::MemberImages {
 public:
  // All outlive it. device_of_role as in WorldSpec.
  ShownMembers(const LifeRecord& record, const Image& image,
               const std::vector<std::size_t>& device_of_role);

  Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
             MutableBytes scratch) override;

 private:
  const std::byte* page_of(PagePlace place) const;

  const Image& image_;
  const std::vector<std::size_t>& device_of_role_;
  std::map<PagePlace, const std::byte*> raw_;
};

}  // namespace holdfast::sim
