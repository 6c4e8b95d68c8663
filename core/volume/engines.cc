#include "core/volume/bare_volume.h"
#include "core/volume/raid_volume.h"

namespace holdfast {
namespace {

Task<OpenResult> open_engine(std::shared_ptr<const VolumeSpec> spec, Devices devices, Ports ports) {
  if (auto* raid = std::get_if<RaidSpec>(&spec->engine)) {
    auto opened = co_await open_raid(*raid, devices, ports);
    co_return opened;
  }
  auto opened = co_await open_bare(devices);
  co_return opened;
}

Task<CreateResult> create_engine(std::shared_ptr<const VolumeSpec> spec,
                                 std::shared_ptr<const CreateOptions> options, Devices devices,
                                 Ports ports) {
  if (auto* raid = std::get_if<RaidSpec>(&spec->engine)) {
    auto created = co_await create_raid(*raid, *options, devices, ports);
    co_return created;
  }
  co_return CreateResult{};
}

}  // namespace

OpenVolume opener_of(VolumeSpec spec) {
  auto shared = std::make_shared<const VolumeSpec>(std::move(spec));
  return [shared](Devices devices, Ports ports) { return open_engine(shared, devices, ports); };
}

CreateVolume creator_of(VolumeSpec spec, CreateOptions options) {
  auto shared = std::make_shared<const VolumeSpec>(std::move(spec));
  auto chosen = std::make_shared<const CreateOptions>(std::move(options));
  return [shared, chosen](Devices devices, Ports ports) {
    return create_engine(shared, chosen, devices, ports);
  };
}

}  // namespace holdfast
