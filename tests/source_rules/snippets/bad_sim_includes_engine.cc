// as sim/world.cc
// breaks include

#include "oracle/judge.h"
#include "core/raid/array.h"  // BAD
#include "core/volume/volume_spec.h"  // BAD
#include "scenarios/scenario.h"  // BAD
