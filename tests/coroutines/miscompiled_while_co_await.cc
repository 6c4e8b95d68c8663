// gcc 12 resumes through garbage: co_await in the condition of a while, no local around it.
#include "tests/coroutines/tiny_task.h"

Task<bool> answer(bool yes) {
  co_await Park{};
  co_return yes;
}

Task<int> ask() {
  while (co_await answer(true)) co_return 1;
  co_return 2;
}

int main() { return judge(ask(), 1); }
