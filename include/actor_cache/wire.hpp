#pragma once

// What a codec writes to and reads from. docs/encoding.md has the format.

#include "actor_cache/detail/wire_reader.hpp"
#include "actor_cache/detail/wire_writer.hpp"
