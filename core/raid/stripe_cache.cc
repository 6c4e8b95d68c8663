#include "core/raid/stripe_cache.h"

#include <algorithm>

namespace holdfast::raid {
namespace {

constexpr Sectors stripe_height = Sectors::of_bytes(page_bytes);

}  // namespace

bool StripeCache::overlaps(Extent span) const {
  auto next = stripes_.lower_bound(span.first - Sectors(span.first.value) % stripe_height);
  return next != stripes_.end() && next->first < span.end();
}

std::vector<const StripeCache::Stripe*> StripeCache::in(Extent span) const {
  std::vector<const Stripe*> found;
  for (auto at = stripes_.lower_bound(span.first - Sectors(span.first.value) % stripe_height);
       at != stripes_.end() && at->first < span.end(); ++at)
    found.push_back(&at->second);
  return found;
}

const StripeCache::Stripe* StripeCache::find(Lba sector) const {
  auto found = stripes_.find(sector);
  return found == stripes_.end() ? nullptr : &found->second;
}

const Slice* StripeCache::find(Lba sector, int role) const {
  const Stripe* stripe = find(sector);
  if (!stripe) return nullptr;
  for (const CachedPage& page : stripe->pages)
    if (page.role == role) return &page.content;
  return nullptr;
}

bool StripeCache::put(Lba sector, int role, Slice content, Sequence unit) {
  auto [at, is_new] = stripes_.try_emplace(sector);
  Stripe& stripe = at->second;
  if (is_new) {
    stripe.sector = sector;
    stripe.first_unit = unit;
    by_age_.push_back(stripe);
  }
  auto page = std::ranges::find(stripe.pages, role, &CachedPage::role);
  if (page == stripe.pages.end())
    stripe.pages.push_back({role, std::move(content)});
  else
    page->content = std::move(content);
  return is_new;
}

}  // namespace holdfast::raid
