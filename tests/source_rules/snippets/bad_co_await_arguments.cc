// as sim/disk.cc
// breaks coroutine

Task<> f() {
  co_await g({1, 2});  // BAD
  co_await g(Extent{Lba(1), Sectors(2)});  // BAD
  auto x = co_await device.write(first, pages, {});  // BAD
  auto y = co_await device.write(first, ready ? pages : others, flags);  // BAD
  auto z = co_await g([] { return 1; });  // BAD
  auto w = co_await g(  // BAD
      1,
      WriteFlags{true, false});
  co_await Task<>{};  // BAD
}
