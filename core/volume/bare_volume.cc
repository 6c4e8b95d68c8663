#include "core/volume/bare_volume.h"

namespace holdfast {
namespace {

class BareVolume final : public Volume {
 public:
  explicit BareVolume(BlockDevice& device) : device_(device) {}

  BlockDevice& device() override { return device_; }
  Task<IoResult> settled() override { co_return IoResult{}; }
  Task<IoResult> stop() override { return device_.flush(); }
  std::vector<std::size_t> missing_devices() const override { return {}; }

 private:
  BlockDevice& device_;
};

}  // namespace

Task<OpenResult> open_bare(Devices devices) {
  if (devices.size() != 1 || !devices[0])
    co_return tl::unexpected<OpenError>(
        OpenError(OpenError::Kind::configuration, "a bare volume has one device"));
  // As every engine: what a former life left in the cache is made durable before anybody reads it.
  if (auto flushed = co_await devices[0]->flush(); !flushed)
    co_return tl::unexpected<OpenError>(
        OpenError(OpenError::Kind::io, "the device can't be flushed"));
  std::unique_ptr<Volume> opened = std::make_unique<BareVolume>(*devices[0]);
  co_return OpenResult(std::move(opened));
}

}  // namespace holdfast
