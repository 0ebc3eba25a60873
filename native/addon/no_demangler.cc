// Only in the cross-built prebuilds: takes the place of the demangler, a tenth of
// the binary, that libc++ links in to print the type of an uncaught exception
// readably. None of ours leaves a task or a call of Node, and the name is still printed.
#include <cstddef>

extern "C" __attribute__((visibility("hidden"))) char* __cxa_demangle(const char*, char*, std::size_t*, int* status) {
  constexpr int kOutOfMemory = -1;
  if (status != nullptr) *status = kOutOfMemory;
  return nullptr;
}
