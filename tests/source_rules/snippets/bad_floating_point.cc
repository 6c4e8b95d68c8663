// as sim/latency.cc
// breaks floating_point

double a = 1;  // BAD
float b = 1;  // BAD
auto c = 0.5;  // BAD
auto d = 1e9;  // BAD
auto e = 2.;  // BAD
auto f = 1'000'000;
auto g = 0x1e9;
auto h = "1.2";  // 0.5
auto i = values[2].size();
