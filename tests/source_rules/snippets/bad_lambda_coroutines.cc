// as tests/sim/world_test.cc
// breaks coroutine

void f() {
  spawn([&]() -> Task<> { co_await g(); }());  // BAD
  spawn([this] { co_return; }());  // BAD
  auto x = [a = v[0], &b](int c) mutable -> Task<int> {  // BAD
    co_return a + b + c;
  };
  auto y = [](int c) -> Task<int> { co_return c; };
  auto z = [&](int c) { return c; };
  values[at] = {1};
}
