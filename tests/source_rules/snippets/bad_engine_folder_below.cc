// as core/raid/journal/ring.cc
// breaks include

#include "core/raid/geometry.h"
#include "core/raid/journal/ring.h"
#include "core/volume/volume_spec.h"  // BAD
