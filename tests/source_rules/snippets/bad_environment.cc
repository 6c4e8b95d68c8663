// as oracle/judge.cc
// breaks environment

auto a = std::getenv("HOME");  // BAD
auto b = secure_getenv("HOME");  // BAD
auto c = "getenv";
