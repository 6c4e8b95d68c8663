#include "drivers/cli/failures/chronicle.h"

#include <algorithm>

namespace holdfast::drivers {
namespace {

using Kind = oracle::HistoryEvent::Kind;

// The kind of request whose end this is.
std::optional<Kind> kind_ended(const oracle::HistoryEvent& event, const ClientRequest& request) {
  switch (event.kind) {
    case Kind::write_ended: return request.writes() ? std::optional(request.kind) : std::nullopt;
    case Kind::flush_ended: return Kind::flush;
    case Kind::read_ended: return Kind::read;
    default: return std::nullopt;
  }
}

}  // namespace

bool ClientRequest::writes() const {
  return kind == Kind::write || kind == Kind::write_zeroes || kind == Kind::discard;
}

Chronicle::Chronicle(const sim::Failure& failure, Lba block)
    : failure_(failure), block_(block), payload_(failure.run_number) {}

void Chronicle::operation_begins(std::uint64_t cycle, std::uint32_t operation) {
  cycle_ = cycle;
  operation_ = operation;
}

void Chronicle::client_request(const sim::TracePoint& at, const oracle::HistoryEvent& event) {
  if (found_at_ || event.kind == Kind::member_lost) return;
  bool begins = event.kind == Kind::write || event.kind == Kind::write_zeroes ||
                event.kind == Kind::discard || event.kind == Kind::flush ||
                event.kind == Kind::read;
  if (begins) {
    ClientRequest request;
    request.kind = event.kind;
    request.id = event.id;
    request.extent = event.extent;
    request.flags = event.flags;
    request.cycle = cycle_;
    request.operation = operation_;
    request.begun = at;
    clients_.push_back(request);
    return;
  }
  auto is_it = [&event](const ClientRequest& request) {
    return !request.ended && request.id == event.id && kind_ended(event, request) == request.kind;
  };
  auto request = std::find_if(clients_.rbegin(), clients_.rend(), is_it);
  if (request == clients_.rend()) return;
  request->ended = at;
  request->ok = event.ok;
}

oracle::WriteId Chronicle::carried_by(Pages data, Extent extent, Lba& at) const {
  oracle::WriteId carried = 0;
  oracle::for_each_sector(extent.first, data, [&](Lba place, Bytes sector) {
    if (load_le<std::uint64_t>(sector, 16) != block_.value) return;
    oracle::Content content = payload_.decode(block_, sector);
    if (!content.is_written()) return;
    carried = content.write();
    at = place;
  });
  return carried;
}

void Chronicle::device_request(const sim::TracePoint& at, std::size_t device,
                               const Crossing& crossing) {
  if (found_at_) return;
  auto key = std::pair(device, crossing.number);
  if (crossing.is_answer) {
    auto open = unanswered_.find(key);
    if (open == unanswered_.end()) return;
    devices_[open->second].done = at;
    devices_[open->second].ok = crossing.result.has_value();
    unanswered_.erase(open);
    return;
  }
  DeviceRequest request;
  request.device = device;
  request.command = crossing.command;
  request.extent = crossing.extent;
  request.flags = crossing.flags;
  request.submitted = at;
  request.boot = downs_.size();
  if (crossing.command == Command::write)
    request.carries = carried_by(crossing.data, crossing.extent, request.carried_at);
  unanswered_[key] = devices_.size();
  devices_.push_back(request);
}

void Chronicle::went_down(const sim::TracePoint& at, const std::vector<sim::Media>& media,
                          const std::vector<sim::Fates>& fates) {
  if (found_at_) return;
  downs_.push_back({at, fates});
  media_ = media;
  unanswered_.clear();
}

void Chronicle::volume_seen(const sim::TracePoint& at, const oracle::Observation& seen) {
  if (!found_at_ && block_.value < seen.sectors().value) seen_.push_back({at, seen.at(block_)});
}

void Chronicle::found(const sim::TracePoint& at, const oracle::Finding& finding, bool is_declared) {
  if (!found_at_ && is_declared == failure_.is_declared &&
      finding.signature() == failure_.signature)
    found_at_ = at;
}

const ClientRequest* Chronicle::write(oracle::WriteId id) const {
  auto is_it = [id](const ClientRequest& request) { return request.writes() && request.id == id; };
  auto found = std::ranges::find_if(clients_, is_it);
  return found == clients_.end() ? nullptr : &*found;
}

}  // namespace holdfast::drivers
