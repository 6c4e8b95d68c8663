// gcc 12 does not compile an initializer list among the arguments of a co_await.
#include "tests/coroutines/tiny_task.h"

#include <vector>

Task<int> size_of(std::vector<Constructed> list) {
  co_await Park{};
  co_return static_cast<int>(list.size());
}

Task<int> ask() {
  auto size = co_await size_of({Constructed(1), Constructed(2)});
  co_return size;
}

int main() { return judge(ask(), 2); }
