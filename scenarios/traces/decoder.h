// A trace that is read request by request, whatever its format: what clients of a real device did, for clients of a simulated one.
//
//   D1  next() gives the requests in the order of the trace, each with the device that it was made on ("" where the format
//       names none), then nothing; after a fault nobody asks again.
//   D2  A fault says where: the line of a text (from 1), or the byte of a log, and the field in the format's own words.
//   D3  Any input gives requests or one fault, in time and memory that its length bounds.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "sim/request.h"

namespace holdfast::scenarios::traces {

enum class Format : std::uint8_t { fio_iolog, blkparse, msr_csv, dm_log_writes };
inline constexpr std::string_view format_names[] = {"fio-iolog", "blkparse", "msr-csv",
                                                    "dm-log-writes"};
constexpr std::string_view name_of(Format format) {
  return format_names[static_cast<std::size_t>(format)];
}

// Bytes are counted in 63 bits, so that an end never wraps.
inline constexpr std::uint64_t byte_max = ~std::uint64_t{0} >> 1;

struct Item {
  sim::Request request;
  std::string device;
};

struct Fault {
  std::uint64_t line = 0;  // 0: a log, which has bytes
  std::uint64_t offset = 0;
  std::string field;  // may be empty
  std::string message;

  // "offset: found …" or "byte 512, nr_sectors: found …"; the line is told by who knows the file.
  std::string text() const;
};

template <class T>
using Read = tl::expected<T, Fault>;

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual Read<std::optional<Item>> next() = 0;

  // So far: lines or entries that are no requests, and whether any request said when it was made.
  std::uint64_t others() const { return others_; }
  bool has_times() const { return has_times_; }

 protected:
  std::uint64_t others_ = 0;
  bool has_times_ = false;
};

// `from` outlives it, stands at its beginning and can seek.
std::unique_ptr<Decoder> decoder_of(Format format, std::istream& from);

// By its first bytes, and then at its beginning again; a fault says what was expected.
Read<Format> recognized(std::istream& from);

}  // namespace holdfast::scenarios::traces
