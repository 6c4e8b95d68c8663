// gcc 12 destroys an aggregate temporary twice even when only a reference to it is passed.
#include "tests/coroutines/tiny_task.h"

Task<int> number_of(const Aggregate& aggregate) {
  co_await Park{};
  co_return aggregate.number;
}

Task<int> ask() {
  auto number = co_await number_of(Aggregate{{}, 1});
  co_return number;
}

int main() { return judge(ask(), 1); }
