#pragma once
#include <stdexcept>
#include <string>

namespace tstorch {

/// Bad input found by a kernel. `kind` is the Python exception that PyTorch would raise. `__attribute__` keeps the type
/// shared between the addon and the kernel libraries, so that a catch in one sees a throw in the other.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, const char* kind = "RuntimeError")
      : std::runtime_error(message), kind_(kind) {}
  const char* kind() const noexcept { return kind_; }

 private:
  const char* kind_;
};

}  // namespace tstorch
