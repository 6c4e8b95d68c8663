#include "oracle/observation.h"

namespace holdfast::oracle {

void Observation::add(Lba first, Pages pages) {
  check(first.value + bytes_of(pages) / sector_bytes <= contents_.size(),
        "what is observed lies inside the volume");
  for_each_sector(first, pages, [this](Lba lba, Bytes sector) {
    contents_[lba.value] = payload_.decode(lba, sector);
  });
}

void Observation::add(Lba lba, Content content) {
  check(lba.value < contents_.size(), "what is observed lies inside the volume");
  contents_[lba.value] = content;
}

void Observation::unreadable(Extent extent) {
  check(extent.end().value <= contents_.size(), "what is observed lies inside the volume");
  for (Lba lba = extent.first; lba < extent.end(); lba += Sectors(1))
    contents_[lba.value] = Content::unreadable();
}

bool Observation::is_complete() const {
  return std::find(contents_.begin(), contents_.end(), Content()) == contents_.end();
}

void Observation::clear() { std::fill(contents_.begin(), contents_.end(), Content()); }

}  // namespace holdfast::oracle
