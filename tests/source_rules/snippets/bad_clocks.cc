// as sim/clock.cc
// breaks clock

#include <chrono>  // BAD
auto a = std::chrono::steady_clock::now();  // BAD
auto b = time(nullptr);  // BAD
auto c = ::time(0);  // BAD
auto d = std::time(&b);  // BAD
int e = clock_gettime(CLOCK_MONOTONIC, &now);  // BAD
auto f = world.clock().time();
Clock& clock();
auto g = ports.time(now);
