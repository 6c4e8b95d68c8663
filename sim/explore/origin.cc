#include "sim/explore/origin.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "sim/full_read.h"

namespace holdfast::sim {
namespace {

constexpr std::uint64_t run_number = 1;

}  // namespace

std::vector<Sectors> sizes_of(const WorldSpec& spec) {
  std::vector<Sectors> sizes;
  for (const DiskSpec& disk : spec.devices) sizes.push_back(disk.limits.sectors);
  return sizes;
}

Origin::Origin(const WorldSpec& spec, const Schedule& schedule, Choices& choices,
               std::uint64_t events_max)
    : spec_(spec),
      schedule_(schedule),
      choices_(choices),
      events_max_(events_max),
      image_(sizes_of(spec)) {}

std::string Origin::create() {
  const Image zeros(image_);
  Sight of_zeros(zeros, {});
  Machine first(spec_, MachinePorts(of_zeros, schedule_, choices_), 0, std::nullopt, events_max_);
  std::optional<CreateResult> created;
  if (!first.create(created)) return "creating the volume did not end";
  if (!*created) return "the volume can't be created: " + created->error().message;
  first.off();
  if (std::string wrong = settle(first); !wrong.empty()) return wrong;
  return look(run_number);
}

std::string Origin::take(const RecordedRun& recorded) {
  for (const RecordedRun::BasePage& base : recorded.base) {
    Page page = Page::allocate();
    std::ranges::copy(base.bytes, page.data());
    image_.set(PagePlace(base.device, base.page), cell_of(PageContent(std::move(page))));
  }
  if (std::string wrong = look(recorded.run); !wrong.empty()) return wrong;
  return misfit(recorded);
}

// What a life leaves on its devices when all is durable.
std::string Origin::settle(Machine& machine) {
  std::vector<PageChange> changes;
  for (std::uint32_t device = 0; device < image_.devices(); ++device)
    machine.media(device)->add_changes(changes);
  for (PageChange& change : changes) {
    if (change.keeps_old || change.contents.size() != 1)
      return "what was done to make the volume is not durable at its end";
    image_.set(change.place, cell_of(change.contents.front()));
  }
  return "";
}

std::string Origin::look(std::uint64_t run) {
  Sight sight(image_, {});
  Machine second(spec_, MachinePorts(sight, schedule_, choices_), 1, std::nullopt, events_max_);
  std::optional<OpenError> refusal;
  if (!second.open(refusal)) return "opening the volume did not end";
  if (refusal) return "the volume can't be opened: " + refusal->message;
  std::optional<IoResult> settled;
  if (!second.has_done(second.volume().settled(), settled)) return "settling did not end";
  BlockDevice& device = second.volume().device();
  limits_ = device.limits();
  oracle::Profile profile = spec_.profile.with(limits_);
  if (profile.raid && profile.raid->sectors() != limits_.sectors)
    return fmt::format("the recording is of another array: one of {} sectors, and this has {}",
                       profile.raid->sectors().value, limits_.sectors.value);
  oracle::Observation seen(oracle::Payload(run), limits_.sectors);
  std::optional<bool> read;
  if (!second.has_done(read_everything(device, seen, nullptr), read))
    return "reading the volume did not end";
  past_ = std::make_unique<Past>(run, profile, seen);
  return "";
}

// What the recording's clients asked for and the volume does not have.
std::string Origin::misfit(const RecordedRun& recorded) const {
  using Kind = oracle::HistoryEvent::Kind;
  auto has_place = [](Kind kind) {
    return kind == Kind::write || kind == Kind::write_zeroes || kind == Kind::discard ||
           kind == Kind::read;
  };
  for (const RecordedStep& step : recorded.steps)
    if (step.told && has_place(step.told->event.kind) &&
        !check_request(limits_, step.told->event.extent))
      return fmt::format("the recording is of another volume: sectors {}+{}, and this one has {}",
                         step.told->event.extent.first.value, step.told->event.extent.count.value,
                         limits_.sectors.value);
  return "";
}

}  // namespace holdfast::sim
