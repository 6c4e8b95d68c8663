// as core/bcache/btree.cc
// breaks include

#include "core/bcache/format.h"
#include "core/raid/geometry.h"  // BAD
#include "sim/disk.h"  // BAD
