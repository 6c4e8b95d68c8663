// as drivers/posix/file_device.cc
// breaks include

#include "core/block/block_device.h"
#include "core/volume/volume_spec.h"  // BAD
#include <boost/asio/io_context.hpp>
