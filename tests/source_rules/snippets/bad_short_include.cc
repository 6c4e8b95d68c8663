// as core/raid/array.cc
// breaks include

#include "array.h"  // BAD
#include "../base/page.h"  // BAD
#include <core/base/page.h>  // BAD
