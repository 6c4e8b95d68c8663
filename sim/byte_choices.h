// Answers from a string of bytes, one question after another: how a fuzzer steers a whole run.
//
//   bytes   07 | f3 | 12 00 | …      choose(a, 8) -> 7, coin(b) -> true, choose(c, 1000) -> 18; then all is benign
//
//   B1  A choice takes as many bytes as its bound needs, least significant first, and is their value modulo the bound. A coin
//       takes one, and is true from `rare` on: faults are as rare as they should be, and one byte away.
//   B2  A key that is asked again gets its answer again. That is all of C1 that bytes can give: what is left out moves the
//       answers of what comes after it.
//   B3  Random bits of the engine (uuids) are zeros: no branch should hang on them, and they would use up the front.
#pragma once

#include <map>

#include "core/base/bytes.h"
#include "sim/choices.h"

namespace holdfast::sim {

class ByteChoices final : public Choices {
 public:
  static constexpr std::uint8_t rare = 0xf0;

  // The bytes outlive it.
  explicit ByteChoices(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t choose(Key key, std::uint64_t bound) override;
  bool coin(Key key, std::uint32_t parts_per_million) override;

  // How many bytes a choice with this bound takes.
  static std::size_t bytes_for(std::uint64_t bound);
  static bool is_fixed(const Key& key) { return key.family == Family::entropy; }

 private:
  std::uint64_t number_for(const Key& key, std::size_t bytes);

  Bytes bytes_;  // not used up yet
  std::map<Key, std::uint64_t> numbers_;
};

}  // namespace holdfast::sim
