// as core/raid/array.cc
// breaks thread

#include <mutex>  // BAD
std::atomic<int> a;  // BAD
std::thread b;  // BAD
std::scoped_lock c(m);  // BAD
Mutex d(executor);
thread_local int e;
