// as core/base/lease.h
// breaks include

// A lease.
#pragma once
#include "core/task/mutex.h"  // BAD
