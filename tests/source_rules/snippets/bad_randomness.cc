// as sim/choices.cc
// breaks randomness

#include <random>  // BAD
std::random_device a;  // BAD
std::uniform_int_distribution<int> b(1, 6);  // BAD
std::mt19937_64 c;  // BAD
int d = rand() % 6;  // BAD
int e = std::rand();  // BAD
auto f = choices.rand();
void g() { std::shuffle(a, b, c); }  // BAD
void h() { srand(1); }  // BAD
auto i = random(seed, key);
