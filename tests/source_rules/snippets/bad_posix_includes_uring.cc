// as drivers/posix/real_world.cc
// breaks include

#include "core/task/executor.h"
#include "drivers/posix/reactor.h"
#include "drivers/uring/ring.h"  // BAD
