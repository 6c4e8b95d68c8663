// as drivers/uring/ring.cc
// breaks include

#include <liburing.h>
#include "core/block/block_device.h"
#include "core/raid/array.h"  // BAD
#include "drivers/posix/reactor.h"
