#pragma once

#include <string_view>

namespace actor_cache::detail {

// The files in page/, which the build writes into a source.

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

} // namespace actor_cache::detail
