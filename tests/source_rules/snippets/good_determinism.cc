// as core/raid/array.cc

#include <map>
#include <vector>
#include <tl/expected.hpp>
#include <boost/intrusive/list.hpp>
#include <linux/raid/md_p.h>
#include "core/raid/array.h"
#include "core/block/block_device.h"
// std::chrono, rand(), 0.5 and throw may stand in comments
auto a = "std::chrono 0.5 throw";
auto b = 0x5eed1f07;
auto c = 1'000'000;
auto d = clock_.now();
auto e = runtime(3);
auto f = 'x';
for_each(range.first, range.second);
