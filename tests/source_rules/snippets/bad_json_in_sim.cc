// as sim/world.cc
// breaks include

#include <nlohmann/json.hpp>  // BAD
#include <xxhash.h>
