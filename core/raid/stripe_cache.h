// What the journal holds of a write-back array and the members do not yet: whole pages, by stripe.
//
//   put()  [oldest] ... [youngest]  in the order in which their stripes came into the log     forget() when written out
//
//   C1  A page here is what clients read; the members hold the stripe as it was before, data and parity in step.
//   C2  The log keeps every unit from a stripe's first one on (core/raid/journal/units.h); so the oldest stripe holds the tail.
//   C3  A page that was put is never changed: whoever took it may go on reading while another takes its place.
//   Caller: a lease on the stripe, exclusive for put() and forget().
#pragma once

#include <map>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>

#include "core/base/page.h"
#include "core/base/types.h"

namespace holdfast::raid {

class StripeCache {
  using AgeHook =
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  struct CachedPage {
    int role = 0;
    Slice content;
  };
  struct Stripe : AgeHook {
    Lba sector;  // of every member, without data_offset
    Sequence first_unit;
    boost::container::small_vector<CachedPage, 4> pages;
  };

  bool empty() const { return stripes_.empty(); }
  std::size_t size() const { return stripes_.size(); }  // stripes
  bool overlaps(Extent span) const;
  // In rising order.
  std::vector<const Stripe*> in(Extent span) const;
  const Stripe* find(Lba sector) const;
  const Slice* find(Lba sector, int role) const;
  const Stripe& oldest() const { return by_age_.front(); }
  const auto& by_age() const { return by_age_; }  // the oldest first

  // True if the stripe is new here. `content` is one page.
  bool put(Lba sector, int role, Slice content, Sequence unit);
  void forget(Lba sector) { stripes_.erase(sector); }

 private:
  std::map<Lba, Stripe> stripes_;
  boost::intrusive::list<Stripe, boost::intrusive::constant_time_size<false>> by_age_;
};

}  // namespace holdfast::raid
