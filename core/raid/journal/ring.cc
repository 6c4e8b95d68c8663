#include "core/raid/journal/ring.h"

#include "core/task/join.h"

namespace holdfast::raid::journal {

IoResult Ring::located(IoResult result) const {
  if (result || result.error().where < data_offset_) return result;
  return io_error(result.error().kind, Lba((result.error().where - data_offset_).value));
}

Task<IoResult> Ring::read(Lba position, MutablePages into) const {
  std::uint64_t bytes = bytes_of(into), to_end = (size() - Sectors(position.value)).bytes();
  Sectors offset(data_offset_.value);
  if (bytes <= to_end) {
    auto read = co_await device_.read(position + offset, into);
    co_return located(read);
  }
  SliceList front = range_of(into, 0, to_end), back = range_of(into, to_end, bytes - to_end);
  Join<IoResult> reads;
  reads.add(device_.read(position + offset, front));
  reads.add(device_.read(data_offset_, back));
  co_await reads.all();
  IoResult first = reads.result(0), second = reads.result(1);
  co_return located(first ? second : first);
}

Task<IoResult> Ring::write(Lba position, Pages from, WriteFlags flags) const {
  std::uint64_t bytes = bytes_of(from), to_end = (size() - Sectors(position.value)).bytes();
  Sectors offset(data_offset_.value);
  if (bytes <= to_end) {
    auto written = co_await device_.write(position + offset, from, flags);
    co_return located(written);
  }
  SliceList front = range_of(from, 0, to_end), back = range_of(from, to_end, bytes - to_end);
  Join<IoResult> writes;
  writes.add(device_.write(position + offset, front, flags));
  writes.add(device_.write(data_offset_, back, flags));
  co_await writes.all();
  IoResult first = writes.result(0), second = writes.result(1);
  co_return located(first ? second : first);
}

}  // namespace holdfast::raid::journal
