#include "drivers/cli/failures/explanation.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "drivers/cli/failures/media_examination.h"

namespace holdfast::drivers {
namespace {

using Kind = oracle::HistoryEvent::Kind;

constexpr std::size_t events_of_each = 8;

std::string sectors_text(Extent extent) {
  if (extent.count.value == 1) return fmt::format("sector {}", extent.first.value);
  return fmt::format("sectors {}..{}", extent.first.value, extent.end().value - 1);
}

std::string flags_text(WriteFlags flags) {
  if (flags.fua && flags.preflush) return " (preflush, fua)";
  return flags.fua ? " (fua)" : flags.preflush ? " (preflush)" : "";
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::write: return "write";
    case Kind::write_zeroes: return "write-zeroes";
    case Kind::discard: return "discard";
    case Kind::flush: return "flush";
    case Kind::read: return "read";
    default: return "request";
  }
}

bool covers(Extent extent, Lba lba) { return extent.first <= lba && lba < extent.end(); }

}  // namespace

Explaining::Explaining(const Chronicle& chronicle, const sim::WorldSpec& world,
                       const std::vector<sim::TraceEvent>& events)
    : chronicle_(chronicle), world_(world), events_(events) {
  for (const sim::DiskSpec& disk : world.devices) names_.push_back(disk.name);
}

std::string Explaining::moment(const sim::TracePoint& at) const {
  return fmt::format("event {}", at.event);
}

std::string Explaining::event_text(std::uint64_t number) const {
  const sim::TraceEvent& event = events_[number - 1];
  std::string text = fmt::format("{:>6}  {}", number, sim::text_of(event, names_));
  auto is_submit = [&](const DeviceRequest& request) {
    return request.submitted.event == number && request.device == event.device;
  };
  auto request = std::ranges::find_if(chronicle_.devices(), is_submit);
  if (request == chronicle_.devices().end()) return text;
  text += flags_text(request->flags);
  if (request->carries != 0)
    text += fmt::format("  <- write {} of block {}", request->carries, chronicle_.block().value);
  return text;
}

std::vector<std::string> Explaining::events_until(std::uint64_t last) const {
  std::vector<std::string> lines;
  for (std::uint64_t number = 1; number <= std::min<std::uint64_t>(last, events_.size()); ++number)
    lines.push_back(event_text(number));
  return lines;
}

// --- the clients ---

// By what the client was told; empty if it was not told that it is durable.
std::string Explaining::durability_of(const ClientRequest& write) const {
  if (!write.is_acked()) return "";
  bool has_cache = world_.profile.has_volatile_cache &&
                   (world_.profile.raid || world_.devices[0].limits.has_volatile_cache);
  if (!has_cache) return "durable by its ack: the volume has no volatile cache";
  if (write.flags.fua) return "durable by its ack: FUA";
  for (const ClientRequest& flush : chronicle_.clients()) {
    bool flushes = flush.kind == Kind::flush || flush.flags.preflush;
    if (!flushes || !flush.is_acked() || flush.begun.event < write.ended->event) continue;
    if (&flush == &write) continue;
    return fmt::format("durable by the {} that began at {} and was acked at {}",
                       flush.kind == Kind::flush ? "flush" : "preflush", moment(flush.begun),
                       moment(*flush.ended));
  }
  return "";
}

std::string Explaining::request_text(const ClientRequest& request) const {
  std::string text(name_of(request.kind));
  if (request.writes()) text += fmt::format(" {}", request.id);
  if (request.kind != Kind::flush) text += " of " + sectors_text(request.extent);
  text += flags_text(request.flags);
  if (!request.ended) return text + ", not answered";
  return text + fmt::format(", {} at {}", request.ok ? "acked" : "failed", moment(*request.ended));
}

std::string Explaining::down_text(std::size_t number) const {
  const WentDown& down = chronicle_.downs()[number];
  std::string text = fmt::format("{}", sim::name_of(events_[down.at.event - 1].kind));
  for (std::size_t device = 0; device < down.fates.size(); ++device) {
    const sim::Fates& fates = down.fates[device];
    if (fates.empty()) continue;
    auto landed = std::ranges::count_if(fates, &sim::Fate::landed);
    text += fmt::format("; {}: {} of {} pieces landed", name(device), landed, fates.size());
  }
  return text;
}

std::vector<std::string> Explaining::operations() const {
  std::multimap<std::uint64_t, std::string> lines;
  for (const ClientRequest& request : chronicle_.clients())
    lines.emplace(request.begun.event, fmt::format("cycle {}, operation {}: {}", request.cycle,
                                                   request.operation, request_text(request)));
  for (std::size_t i = 1; i < chronicle_.downs().size(); ++i)  // the first is behind the creation
    lines.emplace(chronicle_.downs()[i].at.event, down_text(i));
  for (std::size_t i = 1; i < chronicle_.seen().size(); ++i)
    lines.emplace(chronicle_.seen()[i].at.event,
                  fmt::format("recovered: block {} shows {}", chronicle_.block().value,
                              chronicle_.seen()[i].content.text()));
  std::vector<std::string> list;
  for (const auto& [event, line] : lines) list.push_back(fmt::format("{:>6}  {}", event, line));
  return list;
}

// --- the devices ---

// The first flush of the device that covers the request and came to an end before the machine went down.
const DeviceRequest* Explaining::flush_after(const DeviceRequest& request) const {
  if (!request.done) return nullptr;
  for (const DeviceRequest& other : chronicle_.devices()) {
    bool flushes = other.command == Command::flush || other.flags.preflush;
    if (flushes && other.device == request.device && other.boot == request.boot && other.done &&
        other.ok && other.submitted.event > request.done->event)
      return &other;
  }
  return nullptr;
}

// What became of the block's sector when the machine went down.
std::string Explaining::fate_of(const DeviceRequest& request) const {
  if (request.boot >= chronicle_.downs().size()) return "";
  std::string fate;
  for (const sim::Fate& piece : chronicle_.downs()[request.boot].fates[request.device])
    if (covers(piece.extent, request.carried_at))
      fate = piece.is_torn ? "torn" : piece.landed ? "landed" : "lost";
  return fate;
}

bool Explaining::still_holds(const DeviceRequest& request) const {
  if (chronicle_.media().empty()) return false;
  const sim::Media& media = chronicle_.media()[request.device];
  std::uint64_t offset = request.carried_at.value * sector_bytes;
  Bytes sector(media.visible(offset / page_bytes) + offset % page_bytes, sector_bytes);
  return chronicle_.decoded(sector).is_written() &&
         chronicle_.decoded(sector).write() == request.carries;
}

std::string Explaining::carrier_text(const DeviceRequest& request, bool& is_durable) const {
  const DeviceLimits& limits = world_.devices[request.device].limits;
  std::string text = fmt::format("{} sector {}: written at {}", name(request.device),
                                 request.carried_at.value, moment(request.submitted));
  std::string down;
  if (request.boot < chronicle_.downs().size())
    down = fmt::format("the {} at {}",
                       sim::name_of(events_[chronicle_.downs()[request.boot].at.event - 1].kind),
                       moment(chronicle_.downs()[request.boot].at));
  is_durable = false;
  if (!request.done) {
    text += fmt::format(", still in flight at {}", down.empty() ? "the end" : down);
  } else if (!request.ok) {
    text += fmt::format(", failed at {}", moment(*request.done));
  } else if (request.flags.fua || !limits.has_volatile_cache) {
    text += fmt::format("{}, durable at {}", flags_text(request.flags), moment(*request.done));
    is_durable = true;
  } else if (const DeviceRequest* flush = flush_after(request)) {
    text += fmt::format(", done at {}, durable by the flush from {} to {}", moment(*request.done),
                        moment(flush->submitted), moment(*flush->done));
    is_durable = true;
  } else {
    text += fmt::format(", done at {}; NO FLUSH of {} came between that and {}",
                        moment(*request.done), name(request.device), down.empty() ? "now" : down);
  }
  if (std::string fate = fate_of(request); !is_durable && !fate.empty())
    text += fmt::format(", where it {}", fate == "torn"   ? "was torn"
                                         : fate == "lost" ? "was lost"
                                                          : "landed");
  if (!chronicle_.media().empty())
    text += still_holds(request) ? "; it stands there after the last crash"
                                 : "; it does not stand there after the last crash";
  return text;
}

std::vector<std::string> Explaining::life_of(oracle::WriteId id, bool is_expected) const {
  std::vector<std::string> sentences;
  const ClientRequest* write = chronicle_.write(id);
  if (!write) return sentences;
  std::string why = durability_of(*write);
  std::string head =
      fmt::format("{} ({}, {}) ", is_expected ? "must be there:" : "is shown:",
                  fmt::format("{} {}", name_of(write->kind), id), sectors_text(write->extent));
  sentences.push_back(head +
                      (write->is_acked() ? fmt::format("acked at {}", moment(*write->ended))
                                         : std::string("not acked")) +
                      (why.empty() ? "" : "; " + why));
  std::size_t carriers = 0, durable = 0;
  for (const DeviceRequest& request : chronicle_.devices()) {
    if (request.carries != id) continue;
    bool is_durable = false;
    sentences.push_back("- " + carrier_text(request, is_durable));
    ++carriers;
    durable += is_durable;
  }
  if (carriers == 0 && write->kind == Kind::write)
    sentences.emplace_back("- no device was ever asked to write it");
  if (is_expected && carriers > 0 && durable == 0)
    sentences.push_back(
        fmt::format("so nothing had made write {} durable when it was acked as such", id));
  return sentences;
}

std::vector<std::string> Explaining::places() const {
  std::vector<std::string> places;
  if (!world_.profile.raid) return {fmt::format("{} sector {}", name(0), chronicle_.block().value)};
  const oracle::RaidShape& shape = *world_.profile.raid;
  oracle::MemberPlace place = oracle::place_of(shape, chronicle_.block());
  oracle::Row row = oracle::row_of(shape, place.offset / shape.chunk_bytes);
  auto told = [&](unsigned role, std::string_view what) {
    std::size_t device = world_.device_of_role.empty() ? role : world_.device_of_role[role];
    std::uint64_t sector = (shape.data_offset_bytes[role] + place.offset) / sector_bytes;
    places.push_back(fmt::format("{} sector {} ({})", name(device), sector, what));
  };
  told(place.role, "data");
  told(row.p, row.q == oracle::Row::none ? "parity" : "P");
  if (row.q != oracle::Row::none) told(row.q, "Q");
  return places;
}

reports::BlockHistory Explaining::block() const {
  std::multimap<std::uint64_t, std::string> lines;
  for (const ClientRequest& request : chronicle_.clients()) {
    if (!request.writes() || !covers(request.extent, chronicle_.block())) continue;
    std::string durable = durability_of(request);
    if (durable.empty()) durable = "not known to be durable";
    lines.emplace(request.begun.event, fmt::format("operation {}: {}; {}", request.operation,
                                                   request_text(request), durable));
  }
  for (const DeviceRequest& request : chronicle_.devices()) {
    bool is_durable = false;
    if (request.carries != 0)
      lines.emplace(request.submitted.event, fmt::format("  write {} on {}", request.carries,
                                                         carrier_text(request, is_durable)));
  }
  for (std::size_t i = 0; i < chronicle_.downs().size(); ++i)
    lines.emplace(chronicle_.downs()[i].at.event, down_text(i));
  for (std::size_t i = 0; i < chronicle_.seen().size(); ++i)
    lines.emplace(chronicle_.seen()[i].at.event,
                  fmt::format("{} shows {}", i == 0 ? "creation" : "recovery",
                              chronicle_.seen()[i].content.text()));
  reports::BlockHistory history;
  history.block = chronicle_.block().value;
  history.places = places();
  for (auto& [event, text] : lines) history.versions.push_back({event, std::move(text)});
  return history;
}

// Up to the last crash before the finding: what came behind it only read what was left.
std::vector<reports::DeviceHistory> Explaining::last_events() const {
  std::vector<reports::DeviceHistory> histories;
  std::uint64_t end = chronicle_.downs().size() > 1 ? chronicle_.downs().back().at.event
                      : chronicle_.found_at()       ? chronicle_.found_at()->event
                                                    : events_.size();
  for (std::size_t device = 0; device < names_.size(); ++device) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = std::min<std::uint64_t>(end, events_.size());
         number > 0 && numbers.size() < events_of_each; --number)
      if (events_[number - 1].device == device) numbers.push_back(number);
    reports::DeviceHistory history;
    history.device = name(device);
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number)
      history.events.push_back(event_text(*number));
    histories.push_back(std::move(history));
  }
  return histories;
}

reports::Explanation Explaining::of(const oracle::Finding& finding) const {
  reports::Explanation explanation;
  std::vector<oracle::WriteId> writes = finding.writes;
  for (std::size_t i = writes.size(); i > 0; --i)
    for (std::string& sentence : life_of(writes[i - 1], i == writes.size()))
      explanation.sentences.push_back(std::move(sentence));
  explanation.operations = operations();
  explanation.block = block();
  explanation.devices = last_events();
  explanation.records = records_around(chronicle_.block(), chronicle_.media(), world_);
  return explanation;
}

}  // namespace holdfast::drivers
