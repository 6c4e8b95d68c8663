// as oracle/judge.cc
// breaks include

#include "core/base/types.h"
#include "core/block/volume.h"
#include "oracle/history.h"
#include "core/task/task.h"  // BAD
#include "core/raid/parity.h"  // BAD
#include "sim/world.h"  // BAD
