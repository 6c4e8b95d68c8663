#include "scenarios/recording_writer.h"

#include <nlohmann/json.hpp>

#include "scenarios/recording_format.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

using sim::RecordedRun;
using sim::RecordedStep;

class Writing {
 public:
  Writing() : bytes_(recording_magic) {}

  template <class T>
  void put(T value) {
    std::byte raw[sizeof value];
    store_le(raw, 0, value);
    put(Bytes(raw));
  }
  void put(Bytes raw) { body_.append(reinterpret_cast<const char*>(raw.data()), raw.size()); }

  void seal(RecordKind kind) {
    std::byte head[RecordBytes::seal];
    store_le(head, 0, static_cast<std::uint32_t>(kind));
    store_le(head, 4, static_cast<std::uint32_t>(body_.size()));
    store_le(head, 8, record_checksum(Bytes(head).first(RecordBytes::sealed), bytes_in(body_)));
    bytes_.append(reinterpret_cast<const char*>(head), sizeof head);
    bytes_ += body_;
    body_.clear();
    ++records_;
  }

  std::string finish() {
    put(records_);
    seal(RecordKind::end);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  std::string body_;
  std::uint64_t records_ = 0;
};

std::string head_of(const Recording& recording) {
  nlohmann::ordered_json head{{"run", seed_text(recording.run.run)}};
  if (recording.array) {
    const oracle::RaidShape& shape = recording.array->shape;
    head["array"] = {{"level", shape.level},
                     {"layout", shape.layout},
                     {"raid_disks", shape.raid_disks},
                     {"chunk_bytes", shape.chunk_bytes},
                     {"member_bytes", shape.member_bytes},
                     {"data_offset_bytes", shape.data_offset_bytes},
                     {"device_of_role", recording.array->device_of_role}};
  }
  head["scenario"] = nlohmann::ordered_json::parse(recording.scenario);
  return head.dump();
}

void put_step(Writing& out, const RecordedStep& step) {
  switch (step.kind) {
    case RecordedStep::Kind::begun: {
      auto command = static_cast<std::uint32_t>(step.command);
      out.put(step.device);
      out.put(command | (step.flags.fua ? BegunWord::fua : 0) |
              (step.flags.preflush ? BegunWord::preflush : 0));
      out.put(step.request);
      out.put(step.extent.first.value);
      out.put(step.extent.count.value);
      out.put(Bytes(step.data));
      return out.seal(RecordKind::begun);
    }
    case RecordedStep::Kind::ended:
      out.put(step.device);
      out.put(std::uint32_t{step.ok});
      out.put(step.request);
      return out.seal(RecordKind::ended);
    case RecordedStep::Kind::told: break;
  }
  const oracle::HistoryEvent& event = step.told->event;
  out.put(static_cast<std::uint32_t>(event.kind));
  out.put(event.id);
  out.put((event.ok ? ToldWord::ok : 0) | (event.flags.fua ? ToldWord::fua : 0) |
          (event.flags.preflush ? ToldWord::preflush : 0));
  out.put(std::uint32_t{0});
  out.put(event.extent.first.value);
  out.put(event.extent.count.value);
  for (oracle::Content content : step.told->seen) out.put(content.word());
  out.seal(RecordKind::told);
}

nlohmann::ordered_json device_json(const DeviceLimits& limits) {
  nlohmann::ordered_json device{{"model", limits.is_rotational ? "hdd" : "ssd"},
                                {"size", size_text(limits.sectors.bytes())},
                                {"logical_block", size_text(limits.logical_block_bytes)},
                                {"physical_block", size_text(limits.physical_block_bytes)},
                                {"atomic_write", size_text(limits.atomic_write_bytes)},
                                {"volatile_cache", limits.has_volatile_cache}};
  if (limits.has_volatile_cache) device["fua"] = limits.has_fua;
  if (limits.discard_granularity_bytes > 0) {
    device["discard"] = size_text(limits.discard_granularity_bytes);
    device["discard_reads_zero"] = limits.discard_reads_zero;
  }
  return device;
}

}  // namespace

std::string bytes_of(const Recording& recording) {
  Writing out;
  out.put(bytes_in(head_of(recording)));
  out.seal(RecordKind::head);
  for (const RecordedRun::BasePage& page : recording.run.base) {
    out.put(page.device);
    out.put(page.page);
    out.put(Bytes(page.bytes));
    out.seal(RecordKind::base);
  }
  const std::vector<RecordedStep>& steps = recording.run.steps;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    if (number == recording.run.crash_points_from) out.seal(RecordKind::opened);
    put_step(out, steps[number]);
  }
  if (recording.run.crash_points_from >= steps.size()) out.seal(RecordKind::opened);
  return out.finish();
}

std::string scenario_like(const Document& volume_file, const std::vector<RecordedDevice>& devices) {
  nlohmann::ordered_json scenario{{"schema", "holdfast.scenario/1"}};
  for (const RecordedDevice& device : devices)
    scenario["devices"][device.name] = device_json(device.limits);
  scenario["volume"] = volume_file.root().at("volume");
  scenario["explore"] = {{"depth", 1}, {"operations", {0}}};
  return scenario.dump();
}

}  // namespace holdfast::scenarios
