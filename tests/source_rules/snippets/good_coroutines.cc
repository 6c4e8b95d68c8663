// as core/raid/array.cc

// if (co_await f()) in a comment
const char* text = "co_return co_await f();";
const char* raw = R"(while (co_await f()) {})";
Task<IoResult> Array::write_stripe(StripeNumber number, StripeWrite update) {
  StripeLease stripe = co_await cache_.lease(number);
  if (auto filled = co_await fill(stripe, update); !filled) co_return filled;
  const auto& entry = co_await journal_.append(stripe);
  auto [first, second] = co_await pair_of(stripe);
  Task<int>* task = co_await other();
  std::vector<std::pair<int, int>> list = co_await lists(1, 2)->of<int, 3>(3);
  if (ready) co_await yield();
  if (ready)
    co_await executor_.yield();
  else
    co_await event_.wait();
  for (int i = 0; i < 3; ++i) co_await device(i).write(first + 1, pages, write_fua);
  for (auto& device : devices()) {
    co_await device->flush();
  }
  while (!done()) co_await woken_.wait();
  switch (kind) {
    case Kind::full: co_await full(); break;
    case 2:
    default:
      co_await std::move(tasks[i]);
  }
  if (auto x = find(number); x && x->is_dirty()) co_await clean(*x);
  if (auto written =
          co_await write_members(stripe,
                                 update);  // a comment with { and ?
      !written)
    co_return written;
  else if (auto flushed = co_await flush(); !flushed)
    co_return flushed;
  [[maybe_unused]] MutexLock lock = co_await mutex_.lock();
  do co_await step(); while (more());
again:
  co_await write(values[i], (a + b) * c, a < b, 1'000);
  co_return IoResult{};
}
Awaiter operator co_await() && noexcept { return Awaiter{frame_}; }
