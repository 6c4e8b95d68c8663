// as oracle/judge.cc
// breaks outside_world

#include <iostream>  // BAD
#include <unistd.h>  // BAD
void f() {
  std::cerr << 1;  // BAD
  std::printf("x");  // BAD
  fmt::print("x");  // BAD
  auto volume = open(devices, ports);
  auto text = fmt::format("{}", 1);
}
