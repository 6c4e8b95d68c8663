// gcc 12 destroys the captures of a lambda among the arguments of a co_await twice.
#include "tests/coroutines/tiny_task.h"

template <class Function>
Task<int> call(Function function) {
  co_await Park{};
  co_return function();
}

Task<int> ask() {
  Counted captured;
  auto number = co_await call([captured] { return 1; });
  co_return number;
}

int main() { return judge(ask(), 1); }
