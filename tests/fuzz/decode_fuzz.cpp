// What libFuzzer calls. tools/fuzz builds and runs it.

#include "decode_target.hpp"

#include <caf/init_global_meta_objects.hpp>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  caf::core::init_global_meta_objects();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz_decode({reinterpret_cast<const char*>(data), size});
  return 0;
}
