// as tests/core/raid/array_test.cc
// breaks coroutine

Task<int> f() {
  co_return co_await g();  // BAD
}
Task<int> h() {
  auto a = 1 + co_await g();  // BAD
  auto b = co_await g() + 1;  // BAD
  auto c = co_await g() ? 1 : 2;  // BAD
  auto d = ready ? co_await g() : 2;  // BAD
  auto e = ready && co_await g();  // BAD
  auto i = co_await g() && ready;  // BAD
  auto j = (co_await g()).value();  // BAD
  auto k = outer(co_await g());  // BAD
  auto l = co_await outer(co_await g());  // BAD
  auto m{co_await g()};  // BAD
  auto n = Pair{co_await g(), 2};  // BAD
  use(co_await g());  // BAD
  auto o =
      outer(1,
            co_await g());  // BAD
  auto p = co_await g(), q = 3;  // BAD
  r = s = co_await g();  // BAD
  EXPECT_TRUE(co_await g());  // BAD
  return co_await g();  // BAD
  auto t = !co_await g();  // BAD
  (void)co_await g();  // BAD
  co_yield 3;  // BAD
}
