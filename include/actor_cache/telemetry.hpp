#pragma once

#include "actor_cache/telemetry/event.hpp"
#include "actor_cache/telemetry/handlers.hpp"
#include "actor_cache/telemetry/metrics.hpp"
#include "actor_cache/telemetry/snapshot.hpp"
#include "actor_cache/telemetry/statsd.hpp"
