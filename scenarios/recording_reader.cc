#include "scenarios/recording_reader.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "scenarios/promise.h"
#include "scenarios/recording_format.h"
#include "scenarios/section.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

using sim::RecordedStep;

constexpr std::uint64_t recording_bytes_max = std::uint64_t{1} << 30;
constexpr std::uint64_t disks_max = 255;
constexpr std::uint64_t told_max = 20'000;  // of 2,000 operations, and flushes between them
constexpr std::uint64_t member_bytes_max = std::uint64_t{1} << 40;
constexpr std::string_view make_anew = "record it anew with `exercise … --record FILE`";

class Reading {
 public:
  Reading(std::string name, Bytes bytes, const std::vector<std::string>& overrides,
          const std::vector<std::string>& rules)
      : name_(std::move(name)), bytes_(bytes), overrides_(overrides), rules_(rules) {}

  Parsed<RecordingFile> run() {
    if (!view_is_recording() || !read_records()) return tl::unexpected(std::move(problems_));
    if (std::string wrong = file_.run.contradiction(file_.scenario.world.devices); !wrong.empty())
      return refused(bytes_.size(), wrong), tl::unexpected(std::move(problems_));
    return std::move(file_);
  }

 private:
  bool refused(std::uint64_t offset, std::string_view sentence) {
    problems_.emplace_back(name_, 0, fmt::format("byte {}", offset),
                           fmt::format("{}; {}", sentence, make_anew));
    return false;
  }

  bool view_is_recording() {
    constexpr std::string_view stem = recording_magic.substr(0, recording_magic.find('/') + 1);
    auto begins_with = [this](std::string_view text) {
      return bytes_.size() >= text.size() &&
             std::ranges::equal(bytes_.first(text.size()), bytes_in(text));
    };
    if (begins_with(recording_magic)) return true;
    return refused(0, begins_with(stem)
                          ? "a recording of another version, expected holdfast.recording/1"
                          : "no recording, which begins with \"holdfast.recording/1\"");
  }

  bool read_records() {
    std::uint64_t records = 0;
    bool is_over = false;
    for (at_ = recording_magic.size(); at_ < bytes_.size(); ++records) {
      if (is_over) return refused(at_, "something stands behind its end");
      if (bytes_.size() - at_ < RecordBytes::seal)
        return refused(at_, "cut off in a record's head");
      auto kind = static_cast<RecordKind>(load_le<std::uint32_t>(bytes_, at_));
      auto size = load_le<std::uint32_t>(bytes_, at_ + 4);
      auto checksum = load_le<std::uint32_t>(bytes_, at_ + 8);
      if (size > bytes_.size() - at_ - RecordBytes::seal)
        return refused(at_, fmt::format("cut off: a record of {} bytes, {} are left", size,
                                        bytes_.size() - at_ - RecordBytes::seal));
      Bytes body = bytes_.subspan(at_ + RecordBytes::seal, size);
      std::uint32_t actual = record_checksum(bytes_.subspan(at_, RecordBytes::sealed), body);
      if (actual != checksum)
        return refused(at_, fmt::format("damaged: checksum found 0x{:08x}, expected 0x{:08x}",
                                        checksum, actual));
      if ((records == 0) != (kind == RecordKind::head))
        return refused(at_, "the head must be the first record, and no other");
      is_over = kind == RecordKind::end;
      if (!(is_over ? read_end(body, records) : read_record(kind, body))) return false;
      at_ += RecordBytes::seal + size;
    }
    if (!is_over) return refused(at_, "cut off: it has no end");
    return was_opened_ || refused(at_, "the volume was never opened");
  }

  bool has_bytes(Bytes body, std::size_t at_least, bool exactly) {
    if (exactly ? body.size() == at_least : body.size() >= at_least) return true;
    return refused(at_, fmt::format("a record of {} bytes, expected {}{}", body.size(),
                                    exactly ? "" : "at least ", at_least));
  }

  bool read_record(RecordKind kind, Bytes body) {
    switch (kind) {
      case RecordKind::head: return read_head(body);
      case RecordKind::base: return read_base(body);
      case RecordKind::begun: return read_begun(body);
      case RecordKind::ended: return read_ended(body);
      case RecordKind::told: return read_told(body);
      case RecordKind::opened:
        if (was_opened_) return refused(at_, "the volume is opened twice");
        was_opened_ = true;
        file_.run.crash_points_from = file_.run.steps.size();
        return true;
      case RecordKind::end: break;
    }
    return refused(at_, fmt::format("a record of kind {}, which is unknown",
                                    static_cast<std::uint32_t>(kind)));
  }

  bool read_end(Bytes body, std::uint64_t records) {
    if (!has_bytes(body, sizeof records, true)) return false;
    auto expected = load_le<std::uint64_t>(body, 0);
    return expected == records ||
           refused(at_, fmt::format("found {} records, expected {}", records, expected));
  }

  bool read_base(Bytes body) {
    if (!has_bytes(body, RecordBytes::base + page_bytes, true)) return false;
    Bytes page = body.subspan(RecordBytes::base);
    file_.run.base.push_back({load_le<std::uint32_t>(body, 0),
                              load_le<std::uint32_t>(body, 4),
                              {page.begin(), page.end()}});
    return true;
  }

  bool read_begun(Bytes body) {
    if (!has_bytes(body, RecordBytes::begun, false)) return false;
    auto word = load_le<std::uint32_t>(body, 4);
    auto command = word & BegunWord::command;
    if (command > static_cast<std::uint32_t>(Command::write_zeroes) ||
        (word & ~(BegunWord::command | BegunWord::fua | BegunWord::preflush)) != 0)
      return refused(at_, fmt::format("command {} is unknown", word));
    RecordedStep step;
    step.kind = RecordedStep::Kind::begun;
    step.device = load_le<std::uint32_t>(body, 0);
    step.command = static_cast<Command>(command);
    step.flags = WriteFlags((word & BegunWord::fua) != 0, (word & BegunWord::preflush) != 0);
    step.request = load_le<std::uint64_t>(body, 8);
    step.extent =
        Extent(Lba(load_le<std::uint64_t>(body, 16)), Sectors(load_le<std::uint64_t>(body, 24)));
    Bytes data = body.subspan(RecordBytes::begun);
    step.data.assign(data.begin(), data.end());
    file_.run.steps.push_back(std::move(step));
    return true;
  }

  bool read_ended(Bytes body) {
    if (!has_bytes(body, RecordBytes::ended, true)) return false;
    RecordedStep step;
    step.kind = RecordedStep::Kind::ended;
    step.device = load_le<std::uint32_t>(body, 0);
    step.ok = load_le<std::uint32_t>(body, 4) != 0;
    step.request = load_le<std::uint64_t>(body, 8);
    file_.run.steps.push_back(std::move(step));
    return true;
  }

  bool read_told(Bytes body) {
    if (!has_bytes(body, RecordBytes::told, false)) return false;
    auto kind = load_le<std::uint32_t>(body, 0);
    if (kind > static_cast<std::uint32_t>(oracle::HistoryEvent::Kind::member_lost))
      return refused(at_, fmt::format("a client's event of kind {}, which is unknown", kind));
    oracle::HistoryEvent event(static_cast<oracle::HistoryEvent::Kind>(kind),
                               load_le<std::uint32_t>(body, 4));
    auto flags = load_le<std::uint32_t>(body, 8);
    event.ok = (flags & ToldWord::ok) != 0;
    event.flags = WriteFlags((flags & ToldWord::fua) != 0, (flags & ToldWord::preflush) != 0);
    event.extent =
        Extent(Lba(load_le<std::uint64_t>(body, 16)), Sectors(load_le<std::uint64_t>(body, 24)));
    std::vector<oracle::Content> seen;
    for (std::size_t at = RecordBytes::told; at + 8 <= body.size(); at += 8)
      seen.push_back(std::bit_cast<oracle::Content>(load_le<std::uint64_t>(body, at)));
    event.seen = seen;
    if (++told_ > told_max)
      return refused(at_, fmt::format("more than {} events of clients", told_max));
    RecordedStep step;
    step.told.emplace(event);
    file_.run.steps.push_back(std::move(step));
    return true;
  }

  bool read_head(Bytes body) {
    std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
    std::vector<std::string> overrides;
    for (const std::string& override : overrides_) overrides.push_back("scenario." + override);
    auto document = Document::parse(name_, text, overrides);
    if (!document) return problems_ = document.error(), false;
    Section head(*document, "", problems_);
    std::string run;
    head.require("run");
    head.require("scenario");
    if (head.read("run", run)) {
      auto number = parse_seed(run);
      if (!number) head.problem("run", "expected a number such as \"0x00000000000001a5\"");
      file_.run.run = number.value_or(0);
    }
    head.find("scenario");
    head.find("array");
    head.refuse_unknown_keys();
    if (!problems_.empty()) return false;
    auto scenario = scenario_in(document->part("/scenario"), rules_);
    if (!scenario) return problems_ = scenario.error(), false;
    file_.scenario = std::move(*scenario);
    file_.scenario.path = name_;
    file_.scenario.name = std::filesystem::path(name_).stem().string();
    file_.scenario.hash = crc64_continue(file_.scenario.hash, bytes_);
    std::uint64_t all = 0;
    for (const sim::DiskSpec& disk : file_.scenario.world.devices)
      all += disk.limits.sectors.bytes();
    if (all > recorded_bytes_max)
      return refused(at_, fmt::format("devices of {} together, expected at most {}", size_text(all),
                                      size_text(recorded_bytes_max)));
    if (!head.has("array")) return true;
    Section array(*document, "/array", problems_);
    read_array(array);
    return problems_.empty();
  }

  void read_array(Section& section) {
    oracle::RaidShape shape;
    std::vector<std::size_t> device_of_role;
    for (std::string_view key : {"level", "layout", "raid_disks", "chunk_bytes", "member_bytes",
                                 "data_offset_bytes", "device_of_role"})
      section.require(key);
    sim::WorldSpec& world = file_.scenario.world;
    section.read_integer("level", shape.level, 4, 6);
    section.read_integer("layout", shape.layout, 0, 32);
    section.read_integer("raid_disks", shape.raid_disks, 1, disks_max);
    section.read_integer("chunk_bytes", shape.chunk_bytes, 1, member_bytes_max);
    section.read_integer("member_bytes", shape.member_bytes, 1, member_bytes_max);
    section.read_integers("data_offset_bytes", shape.data_offset_bytes, 0, member_bytes_max);
    section.read_integers("device_of_role", device_of_role, 0, world.devices.size() - 1);
    section.refuse_unknown_keys();
    if (!problems_.empty()) return;
    if (std::string wrong = fault_of(shape, device_of_role); !wrong.empty())
      return section.problem(wrong);
    world.profile = promise_of(file_.scenario.volume, shape);
    world.device_of_role = std::move(device_of_role);
  }

  std::string fault_of(const oracle::RaidShape& shape,
                       const std::vector<std::size_t>& device_of_role) const {
    if (std::string wrong = shape.contradiction(); !wrong.empty()) return wrong;
    if (!file_.scenario.world.profile.raid) return "the scenario's volume is no array";
    if (device_of_role.size() != shape.raid_disks) return "expected one device for each role";
    std::set<std::size_t> devices(device_of_role.begin(), device_of_role.end());
    if (devices.size() != device_of_role.size()) return "one device has two roles";
    if (auto journal = file_.scenario.world.journal; journal && devices.contains(*journal))
      return "the journal has a role";
    for (unsigned role = 0; role < shape.raid_disks; ++role) {
      std::uint64_t offset = shape.data_offset_bytes[role];
      if (offset % page_bytes != 0) return "expected data offsets that are multiples of 4096";
      if (offset + shape.member_bytes >
          file_.scenario.world.devices[device_of_role[role]].limits.sectors.bytes())
        return fmt::format("the data of role {} end behind its device", role);
    }
    return "";
  }

  std::string name_;
  Bytes bytes_;
  const std::vector<std::string>& overrides_;
  const std::vector<std::string>& rules_;
  Problems problems_;
  RecordingFile file_;
  std::uint64_t at_ = 0;
  std::uint64_t told_ = 0;
  bool was_opened_ = false;
};

}  // namespace

bool is_recording(const std::string& path) {
  constexpr std::string_view stem = recording_magic.substr(0, recording_magic.find('/') + 1);
  std::string begin(stem.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == stem;
}

Parsed<RecordingFile> read_recording(const std::string& path,
                                     const std::vector<std::string>& overrides,
                                     const std::vector<std::string>& rules) {
  auto problem = [&path](std::string message) {
    return tl::unexpected(Problems{{path, 0, "", std::move(message)}});
  };
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return problem("can't be opened");
  std::streamoff size = file.tellg();
  if (size < 0 || static_cast<std::uint64_t>(size) > recording_bytes_max)
    return problem(
        fmt::format("is larger than {}, as no recording is", size_text(recording_bytes_max)));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size)) return problem("can't be read to its end");
  return parse_recording(path, bytes_in(bytes), overrides, rules);
}

Parsed<RecordingFile> parse_recording(const std::string& name, Bytes bytes,
                                      const std::vector<std::string>& overrides,
                                      const std::vector<std::string>& rules) {
  return Reading(name, bytes, overrides, rules).run();
}

}  // namespace holdfast::scenarios
