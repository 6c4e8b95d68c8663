#include "sim/disk.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/check.h"
#include "sim/disk_request.h"
#include "sim/lookout.h"

namespace holdfast::sim {

namespace {

// Whether the slices still hold what was copied at the submit.
bool holds_copy(Pages slices, const Pieces& pieces) {
  auto piece = pieces.begin();
  std::uint32_t at =
      pieces.empty() ? 0 : static_cast<std::uint32_t>(std::countr_zero(piece->sectors)) * 512;
  for (const Slice& slice : slices) {
    for (std::uint32_t seen = 0; seen < slice.bytes;) {
      std::uint32_t part = std::min(slice.bytes - seen, page_bytes - at);
      if (std::memcmp(slice.data() + seen, piece->data.data() + at, part) != 0) return false;
      seen += part;
      at += part;
      if (at == page_bytes) ++piece, at = 0;
    }
  }
  return true;
}

EventKind kind_of(const IoResult& result) {
  if (result) return EventKind::end_ok;
  switch (result.error().kind) {
    case IoErrorKind::media: return EventKind::end_media;
    case IoErrorKind::gone: return EventKind::end_gone;
    default: return EventKind::end_io;
  }
}

}  // namespace

// A coroutine's hold on its request; if the coroutine is destroyed, the request goes on without it.
class Disk::Ticket {
 public:
  explicit Ticket(Request& request) : request_(request) {}
  Ticket(const Ticket&) = delete;
  ~Ticket() {
    Disk& disk = request_.disk;
    bool has_ended = request_.ended.is_set() || disk.state_ == State::off;
    request_.is_abandoned = true;
    request_.slices.clear();
    if (has_ended) disk.release(request_);
  }

 private:
  Request& request_;
};

Disk::Disk(Media& media, DiskPorts ports, DiskModel model)
    : media_(media),
      ports_(ports),
      model_(model),
      channel_free_(std::max(1u, media.spec().channels)) {}

Disk::~Disk() = default;

IoResult Disk::admit(Extent extent) const {
  if (state_ != State::serving) return io_error(IoErrorKind::gone, extent.first);
  return check_request(limits(), extent);
}

Disk::Request& Disk::take(EventKind kind, Extent extent, const RequestName& name) {
  if (spare_.empty()) spare_.push_back(&requests_.emplace_back(*this, ports_.executor));
  Request& request = *spare_.back();
  spare_.pop_back();
  request.ended.reset();
  request.kind = kind;
  request.step = Request::Step::transfer;
  request.is_fua = request.flushes_after = request.is_abandoned = false;
  request.extent = extent;
  request.name = name;
  return request;
}

void Disk::release(Request& request) {
  request.slices.clear();
  request.pieces.clear();
  spare_.push_back(&request);
}

Task<IoResult> Disk::read(Lba first, MutablePages into) {
  Extent extent(first, Sectors::of_bytes(bytes_of(into)));
  if (IoResult admitted = admit(extent); !admitted) co_return admitted;
  Request& request = take(EventKind::submit_read, extent, media_.name_read(extent));
  Ticket ticket(request);
  request.slices.assign(into.begin(), into.end());
  submit(request, 0);
  co_await request.ended.wait();
  co_return request.result;
}

Task<IoResult> Disk::write(Lba first, Pages from, WriteFlags flags) {
  return write_pieces(EventKind::submit_write, Extent(first, Sectors::of_bytes(bytes_of(from))),
                      from, nullptr, flags);
}

Task<IoResult> Disk::write_zeroes(Extent extent, WriteFlags flags) {
  return write_pieces(EventKind::submit_zeroes, extent, {}, &Page::zeros(), flags);
}

Task<IoResult> Disk::write_pieces(EventKind kind, Extent extent, Pages from, const Page* fill,
                                  WriteFlags flags) {
  if (IoResult admitted = admit(extent); !admitted) co_return admitted;
  Request& request = take(kind, extent, media_.name_write(extent));
  Ticket ticket(request);
  request.slices.assign(from.begin(), from.end());
  request.pieces = fill ? media_.cut_filled(extent, *fill) : media_.cut(extent.first, from);
  request.is_fua = flags.fua && limits().has_fua;
  if (limits().has_volatile_cache) {
    if (flags.preflush) request.step = Request::Step::flush;
    request.flushes_after = flags.fua && !limits().has_fua;
  }
  submit(request, hash_of(from));
  co_await request.ended.wait();
  co_return request.result;
}

Task<IoResult> Disk::flush() {
  if (state_ != State::serving) co_return io_error(IoErrorKind::gone, Lba());
  Request& request = take(EventKind::submit_flush, Extent(), media_.name_flush());
  Ticket ticket(request);
  request.step = Request::Step::flush;
  submit(request, 0);
  co_await request.ended.wait();
  co_return request.result;
}

Task<IoResult> Disk::discard(Extent extent) {
  if (IoResult admitted = admit(extent); !admitted) co_return admitted;
  std::uint64_t granule = limits().discard_granularity_bytes / sector_bytes;
  if (granule == 0) co_return io_error(IoErrorKind::unsupported, extent.first);
  Request& request = take(EventKind::submit_discard, extent, media_.name_write(extent));
  Ticket ticket(request);
  Lba from((extent.first.value + granule - 1) / granule * granule);
  Lba to(extent.end().value / granule * granule);
  Key key(Family::discard_fill, media_.number(), extent.first.value, request.name.nth, 0);
  std::uint64_t fill = limits().discard_reads_zero ? 0 : ports_.choices.choose(key, 3);
  bool stays_as_it_was = fill == 2;
  if (from < to && !stays_as_it_was)
    request.pieces = media_.cut_filled(
        Extent(from, to - from), fill == 0 ? Page::zeros() : media_.arbitrary_page(from.value));
  submit(request, fill);
  co_await request.ended.wait();
  co_return request.result;
}

void Disk::submit(Request& request, std::uint64_t data_hash) {
  check_overlap(request);
  flying_.push_back(&request);
  trace(request.kind, request, data_hash);
  arm(request);
}

void Disk::check_overlap(const Request& request) const {
  for (const Request* other : flying_)
    check((request.reads() && other->reads()) || !other->extent.overlaps(request.extent),
          "W3: requests in flight on one device don't overlap");
}

void Disk::arm(Request& request) {
  request.completed_before = media_.completed();
  request.undurable_pieces = media_.undurable_pieces();
  // Asked one by one: the order of operands is the compiler's.
  Nanoseconds ends = step_ends(request);
  ports_.clock.arm(request, ends + stall_of(request));
}

// A step of the request is over.
void Disk::advance(Request& request) {
  using Step = Request::Step;
  IoResult done = request.step == Step::transfer ? transfer(request) : make_durable(request);
  bool ends = !done || request.kind == EventKind::submit_flush ||
              request.step == Step::flush_after ||
              (request.step == Step::transfer && !request.flushes_after);
  if (ends) return end(request, done);
  request.step = request.step == Step::flush ? Step::transfer : Step::flush_after;
  arm(request);
}

bool Disk::goes_wrong(const Request& request, Family family, std::uint32_t parts_per_million) {
  Key key(family, media_.number(), request.name.first.value, request.name.nth,
          static_cast<std::uint32_t>(request.kind));
  bool is_wrong = ports_.choices.chance(key, parts_per_million);
  has_erred_ |= is_wrong;
  return is_wrong;
}

IoResult Disk::transfer(Request& request) {
  Lba first = request.extent.first;
  if (request.reads()) {
    if (auto bad = media_.unreadable_in(request.extent)) return io_error(IoErrorKind::media, *bad);
    if (goes_wrong(request, Family::command_error, faults_.read_error_ppm))
      return io_error(IoErrorKind::io, first);
    read_media(request);
    return {};
  }
  check(holds_copy(request.slices, request.pieces),
        "a write's pages stay unchanged while it is in flight");
  if (goes_wrong(request, Family::command_error, faults_.write_error_ppm)) {
    media_.complete_in_part(request.pieces, request.name, ports_.choices);
    has_failed_ = true;
    return io_error(IoErrorKind::io, first);
  }
  write_media(request);
  return {};
}

void Disk::read_media(Request& request) {
  if (request.is_abandoned || misdirects_read(request)) return;
  media_.read(request.extent.first, request.slices);
}

void Disk::write_media(Request& request) {
  if (loses(request) || misdirects(request)) return;
  if (request.is_fua && lies(request, Family::lying_fua, faults_.lying_fua_ppm)) {
    media_.did(Misdeed::lying_fua);
    return media_.complete_promised(request.pieces, request.name);
  }
  media_.complete(request.pieces, request.name, request.is_fua);
}

IoResult Disk::make_durable(Request& request) {
  if (goes_wrong(request, Family::flush_error, faults_.flush_error_ppm)) {
    media_.fail_flush(request.completed_before, ports_.choices);
    has_lost_writes_ = has_failed_ = true;
    return io_error(IoErrorKind::io, Lba());
  }
  if (lies(request, Family::lying_flush, faults_.lying_flush_ppm)) {
    media_.did(Misdeed::lying_flush);
    media_.promise_durable(request.completed_before);
    return {};
  }
  media_.make_durable(request.completed_before);
  return {};
}

void Disk::end(Request& request, IoResult result) {
  trace(kind_of(result), request, 0);
  flying_.erase(std::find(flying_.begin(), flying_.end(), &request));
  request.result = result;
  if (request.is_abandoned) return release(request);
  request.ended.set();
}

void Disk::trace(EventKind kind, const Request& request, std::uint64_t value) {
  TraceEvent event;
  event.instant = ports_.clock.now().value;
  event.lba = request.extent.first.value;
  event.value = value;
  event.sectors = static_cast<std::uint32_t>(request.extent.count.value);
  event.device = media_.number();
  event.kind = kind;
  ports_.trace.add(event);
  if (ports_.lookout)
    ports_.lookout->accessed(media_.number(), request.kind, request.extent, kind != request.kind);
}

// What may still land when everything stops. Behind a preflush that has not ended nothing is on its way yet.
std::vector<Media::InFlight> Disk::stop_transfers() {
  std::vector<Media::InFlight> writes;
  for (Request* request : flying_) {
    request->disarm();
    if (request->writes() && request->step == Request::Step::transfer)
      writes.push_back({std::move(request->pieces), request->name});
    request->pieces.clear();
  }
  return writes;
}

void Disk::drop(std::uint64_t nth_cut, Fates& fates) {
  if (state_ != State::serving) return;
  state_ = State::gone;
  has_lost_writes_ = has_failed_ = true;
  lose_power(nth_cut, fates);
  while (!flying_.empty())
    end(*flying_.front(), io_error(IoErrorKind::gone, flying_.front()->extent.first));
}

void Disk::power_cut(std::uint64_t nth_cut, Fates& fates) {
  bool was_serving = state_ == State::serving;
  state_ = State::off;
  if (was_serving) lose_power(nth_cut, fates);
  flying_.clear();
}

void Disk::host_crash(std::uint64_t nth_cut, Fates& fates) {
  bool was_serving = state_ == State::serving;
  state_ = State::off;
  if (was_serving) media_.host_crash(stop_transfers(), nth_cut, ports_.choices, fates);
  flying_.clear();
}

}  // namespace holdfast::sim
