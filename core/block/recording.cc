#include "core/block/recording.h"

namespace holdfast {

RecordingDevice::RecordingDevice(BlockDevice& below, Listener listener)
    : below_(below), listener_(std::move(listener)) {}

// Tasks are lazy: the device below sees the request when `served` is awaited.
Task<IoResult> RecordingDevice::told(Crossing request, Task<IoResult> served) {
  request.number = requests_++;
  Pages filled = request.data;
  if (request.command == Command::read) request.data = {};
  listener_(request);
  IoResult result = co_await std::move(served);
  request.is_answer = true;
  request.result = result;
  if (request.command == Command::read && result) request.data = filled;
  listener_(request);
  co_return result;
}

Task<IoResult> RecordingDevice::read(Lba first, MutablePages into) {
  Crossing request;
  request.extent = Extent(first, Sectors::of_bytes(bytes_of(into)));
  request.data = into;
  return told(request, below_.read(first, into));
}

Task<IoResult> RecordingDevice::write(Lba first, Pages from, WriteFlags flags) {
  Crossing request;
  request.command = Command::write;
  request.extent = Extent(first, Sectors::of_bytes(bytes_of(from)));
  request.flags = flags;
  request.data = from;
  return told(request, below_.write(first, from, flags));
}

Task<IoResult> RecordingDevice::flush() {
  Crossing request;
  request.command = Command::flush;
  return told(request, below_.flush());
}

Task<IoResult> RecordingDevice::discard(Extent extent) {
  Crossing request;
  request.command = Command::discard;
  request.extent = extent;
  return told(request, below_.discard(extent));
}

Task<IoResult> RecordingDevice::write_zeroes(Extent extent, WriteFlags flags) {
  Crossing request;
  request.command = Command::write_zeroes;
  request.extent = extent;
  request.flags = flags;
  return told(request, below_.write_zeroes(extent, flags));
}

}  // namespace holdfast
