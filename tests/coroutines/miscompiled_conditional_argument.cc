// gcc 12 destroys the result of a ?: among the arguments of a co_await twice.
#include "tests/coroutines/tiny_task.h"

Task<int> number_of(Constructed constructed) {
  co_await Park{};
  co_return constructed.number;
}

Task<int> ask() {
  bool is_first = died == 0;
  auto number = co_await number_of(is_first ? Constructed(1) : Constructed(2));
  co_return number;
}

int main() { return judge(ask(), 1); }
