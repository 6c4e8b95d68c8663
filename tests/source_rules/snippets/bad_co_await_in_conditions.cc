// as core/raid/array.cc
// breaks coroutine

Task<> f() {
  if (co_await g()) co_return;  // BAD
  if (!co_await g()) co_return;  // BAD
  if (auto x = co_await g()) co_return;  // BAD
  if (auto x = ready(); co_await g()) co_return;  // BAD
  while (co_await g()) step();  // BAD
  while (!(co_await g()).value()) {  // BAD
  }
  do {
  } while (co_await g());  // BAD
  for (int i = 0; i < co_await g(); ++i) step();  // BAD
  for (int i = co_await g(); i < 3; ++i) step();  // BAD
  for (auto x : co_await g()) step();  // BAD
  for (co_await g();;) step();  // BAD
  switch (co_await g()) {  // BAD
    case 1: break;
  }
  switch (auto x = co_await g(); x) {  // BAD
  }
}
