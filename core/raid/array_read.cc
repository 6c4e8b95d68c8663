#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

// Unreadable blocks are written anew one by one; a member that stays unreadable after so many is failed.
constexpr int repairs_max = 512;

constexpr Sectors stripe_height = Sectors::of_bytes(page_bytes);

bool contains(std::span<const int> roles, int role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

}  // namespace

// A part of a request on one member: in one chunk, or in chunks that adjoin there.
struct Array::Piece {
  Lba lba;  // array sector of its beginning
  int role;
  std::uint64_t row;
  Extent span;  // member sectors
  SliceList into;
};

Task<IoResult> Array::read_stripes(Lba first, MutablePages into) {
  Extent span = span_of(geometry_, {first, Sectors::of_bytes(bytes_of(into))});
  {
    StripeLease lease = co_await stripes_.shared(span);
    if (shows_all_from_cache(first, into)) co_return IoResult{};
    auto read = co_await read_pieces(first, into);
    if (read) show_cached(first, into);
    if (read || read.error().kind != IoErrorKind::media) co_return read;
  }
  // R3: something is unreadable. Alone with the stripes it can be written anew, and that is a write.
  Activity repairing(*this, true);
  if (auto begun = co_await begin_repair(); !begun) co_return begun;
  StripeLease lease = co_await stripes_.exclusive(span);
  auto read = co_await read_alone(first, into);
  co_return read;
}

// The caller holds the stripes alone.
Task<IoResult> Array::read_alone(Lba first, MutablePages into) {
  Pieces pieces = pieces_of(first, into, false);
  for (Piece& piece : pieces) {
    if (auto read = co_await read_repairing(piece); !read) co_return read;
  }
  show_cached(first, into);
  co_return IoResult{};
}

// `merges`: what adjoins on a member is one piece; else each lies in one chunk.
Array::Pieces Array::pieces_of(Lba first, MutablePages into, bool merges) const {
  Pieces pieces;
  PageCursor cursor(into);
  Sectors count = Sectors::of_bytes(bytes_of(into));
  for (Sectors at; at < count;) {
    ChunkPlace place = geometry_.locate(first + at);
    Sectors length = std::min(geometry_.chunk - place.inside, count - at);
    int role = geometry_.row(place.row).role_of(place.index);
    Extent span(geometry_.member_lba(place.row) + place.inside, length);
    auto piece = pieces.end();
    if (merges && members_.is_active(role))
      piece = std::find_if(pieces.begin(), pieces.end(), [&](const Piece& earlier) {
        return earlier.role == role && earlier.span.end() == span.first;
      });
    if (piece == pieces.end()) {
      pieces.push_back({first + at, role, place.row, {span.first, Sectors(0)}, {}});
      piece = pieces.end() - 1;
    }
    piece->span.count += length;
    cursor.take(piece->into, at.bytes(), length.bytes());
    at += length;
  }
  return pieces;
}

// All at once, beside other readers. `media`: something is unreadable that might be repaired. Again when a member fails.
Task<IoResult> Array::read_pieces(Lba first, MutablePages into) {
  for (;;) {
    std::uint64_t epoch = members_.epoch();
    Pieces pieces = pieces_of(first, into, true);
    Join<IoResult> reads;
    for (Piece& piece : pieces)
      reads.add(members_.is_active(piece.role)
                    ? members_.read(piece.role, piece.span.first, piece.into)
                    : read_lost(piece));
    co_await reads.all();

    IoResult outcome;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      auto read = reads.result(i);
      if (read) continue;
      IoErrorKind kind = read.error().kind;
      if (members_.is_active(pieces[i].role) && kind != IoErrorKind::media)
        members_.fail(pieces[i].role, read.error());
      else
        outcome = io_error(kind, pieces[i].lba);
    }
    if (members_.epoch() == epoch) co_return outcome;
  }
}

Task<IoResult> Array::read_lost(Piece& piece) {
  ports_.observer.mark("raid.degraded_read");
  RowBuffers row(geometry_.row(piece.row), piece.span);
  row.at(piece.role) = piece.into;
  auto recovered = co_await recover(row, std::span<const int>(&piece.role, 1));
  co_return recovered;
}

// R3. One piece, alone with its stripes: what is unreadable, in it or in what it is computed from, is repaired page by page.
Task<IoResult> Array::read_repairing(Piece& piece) {
  std::span<const int> wanted(&piece.role, 1);
  for (;;) {
    std::uint64_t epoch = members_.epoch();
    bool is_lost = !members_.is_active(piece.role);
    RowBuffers row(geometry_.row(piece.row), piece.span);
    Roles sources = members_.active_roles();
    std::span<const int> needed = is_lost ? std::span<const int>(sources) : wanted;
    auto done = co_await load(row, needed);
    if (done && is_lost) {
      auto recovered = co_await recover(row, wanted);
      done = recovered;
    }
    if (done) {
      copy(Pages(row.at(piece.role)), piece.into);
      co_return done;
    }
    if (members_.epoch() != epoch) continue;
    if (is_lost) {  // some of the sources are beyond repair: perhaps it can be told from the others
      auto recovered = co_await read_lost(piece);
      if (recovered) co_return recovered;
      if (members_.epoch() != epoch) continue;
    }
    Lba bad = done.error().where;
    bool is_inside = piece.span.contains({bad, Sectors(1)});
    co_return io_error(done.error().kind,
                       is_inside ? piece.lba + (bad - piece.span.first) : piece.lba);
  }
}

// The unreadable sector that an error of a read of this span tells, without data_offset.
Lba Array::bad_sector(int role, Extent span, IoError error) const {
  Sectors data_offset(members_.at(role).superblock.data_offset.value);
  if (error.where.value < data_offset.value) return span.first;
  Lba told = error.where - data_offset;
  return span.contains({told, Sectors(1)}) ? told : span.first;
}

Task<Array::Outcomes> Array::read_roles(RowBuffers& row, std::span<const int> roles) {
  Join<IoResult> reads;
  for (int role : roles) reads.add(members_.read(role, row.span.first, row.allocate(role)));
  co_await reads.all();
  Outcomes outcomes;
  for (std::size_t i = 0; i < roles.size(); ++i) outcomes.push_back(reads.result(i));
  co_return outcomes;
}

// Reads these roles of stripes that are leased alone, and repairs what is unreadable. An error under an unchanged epoch
// is final; under a new one it means: plan anew.
Task<IoResult> Array::load(RowBuffers& row, std::span<const int> roles) {
  std::uint64_t epoch = members_.epoch();
  for (int repairs = 0;; ++repairs) {
    auto outcomes = co_await read_roles(row, roles);
    int unreadable = RowMap::none;
    IoResult outcome;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (outcomes[i]) continue;
      row.at(roles[i]).clear();  // nobody takes it for data
      outcome = outcomes[i];
      if (outcome.error().kind == IoErrorKind::media && repairs < repairs_max)
        unreadable = roles[i];
      else
        members_.fail(roles[i], outcome.error());
    }
    if (outcome || members_.epoch() != epoch) co_return outcome;
    Lba bad = bad_sector(unreadable, row.span, outcome.error());
    auto repaired = co_await repair(unreadable, bad);
    if (!repaired) co_return io_error(repaired.error().kind, bad);
    if (members_.epoch() != epoch) co_return outcome;
  }
}

// Fills the wanted roles from the others, reading what is not at hand yet. In each stripe other members may be unreadable.
Task<IoResult> Array::recover(RowBuffers& row, std::span<const int> wanted) {
  auto recovered = co_await recover_at_once(row, wanted);
  bool is_unreadable = !recovered && recovered.error().kind == IoErrorKind::media;
  if (!is_unreadable || !rules_.recover_by_stripes) co_return recovered;
  for (int role : wanted)
    if (!row.has(role)) row.allocate(role);
  for (Lba at = row.span.first; at < row.span.end();) {
    Lba next = std::min(at + stripe_height - Sectors(at.value) % stripe_height, row.span.end());
    RowBuffers stripe = row.part({at, next - at});
    if (auto part = co_await recover_at_once(stripe, wanted); !part) co_return part;
    at = next;
  }
  ports_.observer.mark("raid.recovered_stripe_by_stripe");
  co_return IoResult{};
}

// What can't be read is taken for lost in all of the span, and solved around while parity lasts.
Task<IoResult> Array::recover_at_once(RowBuffers& row, std::span<const int> wanted) {
  Roles lost(wanted.begin(), wanted.end());
  if (!metadata_.is_synced(row.span)) ports_.observer.mark("raid.unsynced_parity_used");
  IoErrorKind cause = IoErrorKind::failed;
  for (;;) {
    for (int role = 0; role < members_.count(); ++role)
      if (!members_.is_active(role) && !row.has(role) && !contains(lost, role))
        lost.push_back(role);

    Roles unread;
    int parities_needed = 0;
    for (int role = 0; role < members_.count(); ++role) {
      if (row.map.is_parity(role)) continue;
      if (contains(lost, role))
        ++parities_needed;
      else if (!row.has(role))
        unread.push_back(role);
    }
    for (int role : {row.map.p(), row.map.q()}) {
      if (role == RowMap::none || contains(lost, role) || parities_needed == 0) continue;
      --parities_needed;
      if (!row.has(role)) unread.push_back(role);
    }
    if (parities_needed > 0) co_return io_error(cause, row.span.first);
    if (unread.empty()) break;

    auto outcomes = co_await read_roles(row, unread);
    for (std::size_t i = 0; i < unread.size(); ++i) {
      if (outcomes[i]) continue;
      row.at(unread[i]).clear();
      lost.push_back(unread[i]);
      if (outcomes[i].error().kind == IoErrorKind::media)
        cause = IoErrorKind::media;
      else
        members_.fail(unread[i], outcomes[i].error());
    }
  }

  Roles solved;
  for (int role : lost)
    if (!row.map.is_parity(role) || contains(wanted, role)) solved.push_back(role);
  for (int role : wanted)
    if (!row.has(role)) row.allocate(role);
  recover_lost(row.map, row.views(), solved);
  co_return IoResult{};
}

// R3. The caller holds the page's stripes alone. What can be read of the page is kept: where parity doesn't match, only what
// is lost anyway may be computed from it. And what is lost is written in atomic units, for of a torn one something else would be
// read next time, without an error.
Task<IoResult> Array::repair(int role, Lba bad) {
  Sectors page(std::max<std::uint64_t>(page_bytes, limits_.logical_block_bytes) / sector_bytes);
  Sectors unit(std::max<std::uint64_t>(members_.atomic_bytes(role), limits_.logical_block_bytes) /
               sector_bytes);
  if (!rules_.repair_by_atomic_units) unit = page;
  Extent span(bad - Sectors(bad.value) % page, page);
  SliceList whole = allocate_slices(page.bytes());
  Extents lost;
  if (auto known = co_await recover_page(role, span, whole, lost); !known) co_return known;
  if (!members_.is_active(role)) co_return IoResult{};
  for (Lba at = span.first; at < span.end(); at += unit) {
    Extent next(at, unit);
    auto is_inside = [&](const Extent& block) { return next.contains(block); };
    if (std::none_of(lost.begin(), lost.end(), is_inside)) continue;
    if (auto written = co_await write_back(role, next, span, whole); !written) {
      members_.fail(role, written.error());
      co_return IoResult{};
    }
  }
  ports_.observer.mark("raid.media_error_repaired");
  co_return IoResult{};
}

// What the page holds, and which blocks of it had to be computed.
Task<IoResult> Array::recover_page(int role, Extent page, Pages whole, Extents& lost) {
  RowMap map = geometry_.row(Sectors(page.first.value) / geometry_.chunk);
  Sectors block = Sectors::of_bytes(limits_.logical_block_bytes);
  for (Lba at = page.first; at < page.end(); at += block) {
    RowBuffers part(map, {at, block});
    part.at(role) = range_of(whole, (at - page.first).bytes(), block.bytes());
    auto read = co_await members_.read(role, at, part.at(role));
    if (!read && read.error().kind != IoErrorKind::media) members_.fail(role, read.error());
    if (!members_.is_active(role)) co_return IoResult{};
    if (read) continue;
    auto recovered = co_await recover(part, std::span<const int>(&role, 1));
    if (!recovered || !members_.is_active(role)) co_return recovered;
    lost.push_back(part.span);
  }
  co_return IoResult{};
}

// A medium that takes back no part of a bad block of its own gets the page as a whole.
Task<IoResult> Array::write_back(int role, Extent unit, Extent page, Pages whole) {
  SliceList part = range_of(whole, (unit.first - page.first).bytes(), unit.count.bytes());
  auto written = co_await members_.write(role, unit.first, part, WriteFlags());
  if (written || written.error().kind != IoErrorKind::media) co_return written;
  auto rewritten = co_await members_.write(role, page.first, whole, WriteFlags());
  co_return rewritten;
}

}  // namespace holdfast::raid
