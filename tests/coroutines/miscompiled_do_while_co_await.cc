// gcc 12 resumes through garbage: co_await in the condition of a do loop, no local around it.
#include "tests/coroutines/tiny_task.h"

Task<bool> answer(bool yes) {
  co_await Park{};
  co_return yes;
}

Task<int> ask() {
  do {
  } while (co_await answer(false));
  co_return 1;
}

int main() { return judge(ask(), 1); }
