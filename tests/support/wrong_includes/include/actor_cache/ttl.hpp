#pragma once

#include "actor_cache/cache.hpp"
#include "actors/perform.hpp"

#include <fmt/format.h>
