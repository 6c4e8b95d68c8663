// as drivers/cli/simulate.cc

#include <atomic>
#include <chrono>
#include <thread>
#include <CLI/CLI.hpp>
#include "core/volume/volume_spec.h"
#include "drivers/posix/file_device.h"
#include "reports/text.h"
#include "scenarios/scenario.h"
#include "sim/world.h"
double seconds = 0.5;
void f() { try { throw 1; } catch (...) {} }
