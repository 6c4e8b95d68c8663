#include "sim/sabotage.h"

#include <memory>
#include <utility>
#include <vector>

namespace holdfast::sim {
namespace {

// What a sabotaged volume stands on; the span that the engine was given stays where it is.
struct SabotagedDevices {
  std::vector<BlockDevice*> all;
  std::unique_ptr<SabotagedDevice> traitor;  // null: absent, or it is the volume itself

  SabotagedDevices(Devices devices, const SabotageSpec& sabotage, Executor& executor)
      : all(devices.begin(), devices.end()) {
    if (!sabotage.device || !all[*sabotage.device]) return;
    BlockDevice*& place = all[*sabotage.device];
    traitor = std::make_unique<SabotagedDevice>(*place, executor, sabotage.what, sabotage.every);
    place = traitor.get();
  }
};

class SabotagedVolume final : public Volume {
 public:
  SabotagedVolume(std::unique_ptr<SabotagedDevices> below, std::unique_ptr<Volume> volume)
      : below_(std::move(below)), volume_(std::move(volume)) {}

  void sabotage_itself(const SabotageSpec& sabotage, Executor& executor) {
    itself_ = std::make_unique<SabotagedDevice>(volume_->device(), executor, sabotage.what,
                                                sabotage.every);
  }

  BlockDevice& device() override { return itself_ ? *itself_ : volume_->device(); }
  Task<IoResult> settled() override { return volume_->settled(); }
  Task<IoResult> stop() override { return volume_->stop(); }
  std::vector<std::size_t> missing_devices() const override { return volume_->missing_devices(); }
  std::size_t missing_members() const override { return volume_->missing_members(); }

 private:
  std::unique_ptr<SabotagedDevices> below_;
  std::unique_ptr<Volume> volume_;
  std::unique_ptr<SabotagedDevice> itself_;
};

Task<OpenResult> open_sabotaged(std::shared_ptr<const OpenVolume> open, SabotageSpec sabotage,
                                Devices devices, Ports ports) {
  auto below = std::make_unique<SabotagedDevices>(devices, sabotage, ports.executor);
  const OpenVolume& open_below = *open;
  auto opened = co_await open_below(below->all, ports);
  if (!opened) co_return opened;
  auto volume = std::make_unique<SabotagedVolume>(std::move(below), std::move(*opened));
  if (!sabotage.device) volume->sabotage_itself(sabotage, ports.executor);
  std::unique_ptr<Volume> made = std::move(volume);
  co_return OpenResult(std::move(made));
}

}  // namespace

OpenVolume sabotaged(OpenVolume open, const SabotageSpec& sabotage) {
  auto shared = std::make_shared<const OpenVolume>(std::move(open));
  return [shared, sabotage](Devices devices, Ports ports) {
    return open_sabotaged(shared, sabotage, devices, ports);
  };
}

}  // namespace holdfast::sim
