// The forms that the house rule allows, with every kind of argument it allows: right with every compiler.
#include "tests/coroutines/tiny_task.h"

Task<int> number_of(Constructed constructed) {
  co_await Park{};
  co_return constructed.number;
}

Task<int> number_of_aggregate(Aggregate aggregate) {
  co_await Park{};
  co_return aggregate.number;
}

Task<int> sum(const Constructed& first, Constructed second) {
  co_await Park{};
  auto left = co_await number_of(first);
  auto right = co_await number_of(std::move(second));
  co_return left + right;
}

Task<int> statement_only() {
  co_await number_of(Constructed(1));
  co_return 1;
}

Task<int> if_with_initializer() {
  if (auto number = co_await number_of(Constructed(1)); number != 1) co_return 100;
  if (auto number = co_await number_of(Constructed(2)); number == 2) co_return number;
  co_return 100;
}

Task<int> in_a_loop() {
  int total = 0;
  for (int i = 0; i < 3; ++i) {
    auto number = co_await number_of(Constructed(i));
    total += number;
    if (i == 1) co_await Park{};
  }
  while (total < 10) {
    auto number = co_await number_of(Constructed(1));
    total += number;
  }
  co_return total;
}

Task<int> named_arguments() {
  Aggregate aggregate{{}, 5};
  bool is_first = died >= 0;
  Constructed first(1), second(2);
  Constructed chosen = is_first ? first : second;
  auto number = co_await number_of_aggregate(aggregate);
  auto other = co_await sum(chosen, second);
  co_return number + other;
}

Task<int> all() {
  auto one = co_await statement_only();
  auto two = co_await if_with_initializer();
  auto ten = co_await in_a_loop();
  auto eight = co_await named_arguments();
  co_return one + two + ten + eight;
}

int main() { return judge(all(), 21); }
