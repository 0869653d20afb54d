#pragma once
// oneDNN: engine, stream, memory from our allocator.
#include <dnnl.hpp>

#include "cpu/scratch.h"

TSTORCH_BEGIN

inline dnnl::engine& DnnlEngine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}
inline dnnl::stream& DnnlStream() {
  static dnnl::stream stream(DnnlEngine());
  return stream;
}

/// An operand of a primitive: how the caller lays it out, how the primitive wants it, and the way from one to the other.
class DnnlOperand {
 public:
  DnnlOperand() = default;
  DnnlOperand(const dnnl::memory::desc& user, const dnnl::memory::desc& inner, bool is_output)
      : user_(user), inner_(inner), differs_(user != inner) {
    if (!differs_) return;
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto& from = is_output ? inner : user;
    const auto& to = is_output ? user : inner;
    const dnnl::reorder::primitive_desc desc(DnnlEngine(), from, DnnlEngine(), to, attributes);
    scratch_ = desc.scratchpad_desc();
    reorder_ = dnnl::reorder(desc);
  }

  bool differs() const { return differs_; }
  /// Bytes of the primitive's own copy.
  size_t copy_size() const { return differs_ ? inner_.get_size() : 0; }
  dnnl::memory UserMemory(void* data) const { return dnnl::memory(user_, DnnlEngine(), data); }
  dnnl::memory InnerMemory(void* data) const { return dnnl::memory(inner_, DnnlEngine(), data); }
  void Reorder(dnnl::memory& from, dnnl::memory& to) const {
    Scratch<char> scratch(static_cast<int64_t>(scratch_.get_size()));
    dnnl::memory own(scratch_, DnnlEngine(), scratch.get());
    reorder_.execute(DnnlStream(), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, own}});
  }

 private:
  dnnl::memory::desc user_, inner_, scratch_;
  bool differs_ = false;
  dnnl::reorder reorder_;
};

TSTORCH_END
