// as drivers/cli/simulate.cc
// breaks include

#include "scenarios/scenario.h"
#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>  // BAD
