#include "sim/boot.h"

#include <algorithm>

#include "core/base/check.h"
#include "sim/full_read.h"

namespace holdfast::sim {

namespace {

TraceEvent machine_event(EventKind kind, Nanoseconds now,
                         std::size_t device = TraceEvent::no_device) {
  TraceEvent event;
  event.instant = now.value;
  event.device = static_cast<std::uint16_t>(device);
  event.kind = kind;
  return event;
}

DiskModel model_of(const DiskSpec& disk, CompletionOrder order) {
  if (order == CompletionOrder::modeled || !disk.may_complete_in_any_order) return disk.model;
  return order == CompletionOrder::any ? DiskModel::any_order : DiskModel::by_priority;
}

}  // namespace

Boot::Boot(BootPorts ports, const std::vector<bool>& present, CompletionOrder order,
           Nanoseconds now, std::uint64_t events_max, CrashRecord& crashes)
    : ports_(ports), clock_(executor_, now), events_max_(events_max), crashes_(crashes) {
  if (order == CompletionOrder::by_priority)
    priorities_ = std::make_unique<Priorities>(present.size(), crashes_.made, ports_.choices);
  for (std::size_t i = 0; i < ports_.media.size(); ++i) {
    Media& media = ports_.media[i];
    media.reopen();
    DiskModel model = model_of(media.spec(), order);
    DiskPorts disk_ports{executor_,    clock_,         ports_.choices,
                         ports_.trace, ports_.lookout, priorities_.get()};
    disks_.push_back(present[i] ? std::make_unique<Disk>(media, disk_ports, model) : nullptr);
    devices_.push_back(ports_.onlooker && present[i] ? watched(i) : disks_.back().get());
  }
  ports_.trace.add(machine_event(EventKind::boot, now));
}

Boot::~Boot() { off(); }

BlockDevice* Boot::watched(std::size_t device) {
  auto tell = [this, device](const Crossing& crossing) {
    TracePoint at = point();
    if (!crossing.is_answer) ++at.event;  // its submit comes next
    ports_.onlooker->device_request(at, device, crossing);
  };
  watched_.push_back(std::make_unique<RecordingDevice>(*disks_[device], tell));
  return watched_.back().get();
}

void Boot::off() {
  if (is_off_) return;
  is_off_ = true;
  executor_.stop();
  volume_.reset();
}

void Boot::drop_after(std::size_t device, std::uint64_t events) {
  drops_.push_back({events_ + events, device});
}

void Boot::happen() {
  clock_.fire_next();
  ++events_;
  for (std::size_t i = 0; i < drops_.size(); ++i) {
    Disk* disk = disks_[drops_[i].device].get();
    if (drops_[i].at > events_ || !disk || disk->is_gone()) continue;
    ports_.trace.add(machine_event(EventKind::device_lost, clock_.now(), drops_[i].device));
    disk->drop(crashes_.made++, crashes_.fates[drops_[i].device]);
    if (ports_.lookout) ports_.lookout->lost(drops_[i].device);
    ++drops_made_;
  }
}

Boot::Outcome Boot::create(const CreateVolume& create, std::optional<CreateResult>& into) {
  ports_.trace.add(machine_event(EventKind::create, clock_.now()));
  return do_task(create(devices_, ports()), into);
}

Boot::Outcome Boot::open(const OpenVolume& open, std::optional<OpenError>& refusal) {
  ports_.trace.add(machine_event(EventKind::open, clock_.now()));
  std::optional<OpenResult> opened;
  Outcome outcome = do_task(open(devices_, ports()), opened);
  if (outcome != Outcome::reached) return outcome;
  if (*opened) {
    volume_ = std::move(**opened);
  } else {
    refusal = opened->error();
  }
  return outcome;
}

Boot::Outcome Boot::settle(std::optional<IoResult>& into) {
  return do_task(volume_->settled(), into);
}

Boot::Outcome Boot::stop(std::optional<IoResult>& into) { return do_task(volume_->stop(), into); }

Boot::Outcome Boot::read_all(oracle::Observation& seen) {
  std::optional<bool> done;
  return do_task(read_everything(volume_->device(), seen, nullptr), done);
}

void Boot::power_cut() {
  ports_.trace.add(machine_event(EventKind::power_cut, clock_.now()));
  for (std::size_t i = 0; i < disks_.size(); ++i)
    if (disks_[i]) disks_[i]->power_cut(crashes_.made, crashes_.fates[i]);
  ++crashes_.made;
  off();
}

void Boot::host_crash() {
  ports_.trace.add(machine_event(EventKind::host_crash, clock_.now()));
  for (std::size_t i = 0; i < disks_.size(); ++i)
    if (disks_[i]) disks_[i]->host_crash(crashes_.made, crashes_.fates[i]);
  ++crashes_.made;
  off();
}

}  // namespace holdfast::sim
