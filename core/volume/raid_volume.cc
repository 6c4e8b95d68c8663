#include "core/volume/raid_volume.h"

#include <fmt/format.h>

#include "core/raid/array.h"
#include "core/raid/create.h"

namespace holdfast {
namespace {

class RaidVolume final : public Volume {
 public:
  RaidVolume(raid::Assembly assembly, const RaidSpec& spec, Ports ports)
      : unused_(assembly.unused_devices),
        journal_(assembly.journal ? std::optional(assembly.journal->device_number) : std::nullopt),
        array_(std::move(assembly), spec.rules, spec.journal_rules, ports) {}

  raid::Array& array() { return array_; }
  BlockDevice& device() override { return array_; }
  Task<IoResult> settled() override { return array_.settled(); }
  Task<IoResult> stop() override { return array_.stop(); }

  std::vector<std::size_t> missing_devices() const override {
    std::vector<std::size_t> missing = unused_;
    const raid::Members& members = array_.members();
    for (int role = 0; role < members.count(); ++role)
      if (!members.is_active(role) && members.at(role).device)
        missing.push_back(members.at(role).device_number);
    if (journal_ && array_.is_journal_recorded_faulty()) missing.push_back(*journal_);
    return missing;
  }
  std::size_t missing_members() const override {
    return static_cast<std::size_t>(array_.members().missing());
  }

 private:
  std::vector<std::size_t> unused_;
  std::optional<std::size_t> journal_;
  raid::Array array_;
};

raid::Expected expectations(const RaidSpec& spec, std::vector<std::string> names) {
  raid::Expected expected;
  expected.device_names = std::move(names);
  expected.accept_dirty_degraded = spec.accept_dirty_degraded;
  expected.accept_lost_journal = spec.accept_lost_journal;
  if (spec.geometry_as_found) return expected;
  auto level = static_cast<raid::Level>(spec.level);
  expected.metadata = raid::metadata_version(spec.metadata);
  Sectors chunk = Sectors::of_bytes(spec.chunk_bytes);
  auto geometry = raid::Geometry::make(
      spec.level, static_cast<std::uint64_t>(raid::layout_number(level, spec.layout).value_or(0)),
      spec.members.size(), chunk, chunk);
  check(geometry.has_value(), "a volume is opened from a spec without contradictions");
  expected.geometry = *geometry;
  return expected;
}

OpenError cant_flush_members() {
  return OpenError(OpenError::Kind::io,
                   "too many members can't be flushed: the array needs them; nothing was written");
}

OpenError may_hit_write_hole(const raid::Array& array) {
  std::string_view why = array.is_log_volatile()
                             ? "the journal can't be flushed, and a member is missing: a power cut "
                               "before all is replayed would leave blocks of "
                               "that member wrong"
                             : "a member of an array that was not stopped cleanly can't be "
                               "flushed: without it, blocks that "
                               "stand beside unfinished writes may be wrong";
  return OpenError(
      OpenError::Kind::refused,
      fmt::format("{} (write hole). Try again, or accept this explicitly; nothing was written",
                  why));
}

}  // namespace

Task<OpenResult> open_raid(const RaidSpec& spec, Devices devices, Ports ports) {
  VolumeSpec whole{spec};
  std::vector<std::string> wrong = contradictions_of(whole);
  if (!wrong.empty())
    co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::configuration, wrong.front()));
  raid::Expected expected = expectations(spec, device_names(whole));
  auto assembly = co_await raid::assemble(devices, expected, spec.rules, ports);
  if (!assembly) co_return tl::unexpected<OpenError>(assembly.error());
  auto volume = std::make_unique<RaidVolume>(std::move(*assembly), spec, ports);
  raid::Array& array = volume->array();
  if (auto flushed = co_await array.flush_former_life(); !flushed)
    co_return tl::unexpected<OpenError>(cant_flush_members());
  if (array.must_believe_parity() && !spec.accept_dirty_degraded)
    co_return tl::unexpected<OpenError>(may_hit_write_hole(array));
  if (auto started = co_await array.start(spec.resyncs); !started)
    co_return tl::unexpected<OpenError>(started.error());
  if (spec.writes_back) {
    auto row_pages = static_cast<std::uint64_t>(array.geometry().data_disks());
    array.set_write_back(spec.cache_bytes / page_bytes / row_pages);
  }
  std::unique_ptr<Volume> opened = std::move(volume);
  co_return OpenResult(std::move(opened));
}

Task<CreateResult> create_raid(const RaidSpec& spec, const CreateOptions& options, Devices devices,
                               Ports ports) {
  VolumeSpec whole{spec};
  std::vector<std::string> wrong = contradictions_of(whole);
  if (spec.geometry_as_found) wrong.emplace_back("a new array needs a level, layout and chunk");
  if (!wrong.empty())
    co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::configuration, wrong.front()));
  raid::NewArray array;
  array.level = spec.level;
  array.layout = spec.layout;
  array.chunk = Sectors::of_bytes(spec.chunk_bytes);
  array.metadata = *raid::metadata_version(spec.metadata);
  array.name = spec.name;
  array.members = spec.members.size();
  array.device_names = device_names(whole);
  array.has_journal = !spec.journal.empty();
  array.empty_block_in_new_log = spec.journal_rules.empty_block_in_new_log;
  array.overwrite = options.overwrite;
  auto created = co_await raid::create_array(devices, array, ports);
  co_return created;
}

}  // namespace holdfast
