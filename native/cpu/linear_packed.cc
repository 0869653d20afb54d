#include "cpu/linear_packed.h"

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "core/error.h"
#include "core/kernels.h"
#include "core/signals.h"
#include "cpu/dnnl_support.h"

TSTORCH_BEGIN

namespace {

using dnnl::memory;
using Desc = dnnl::matmul::primitive_desc;

memory::desc Plain(int64_t rows, int64_t columns) { return {{rows, columns}, memory::data_type::f32, memory::format_tag::ab}; }

/// Null where oneDNN would not use the kernels that the packed order is for.
std::optional<Desc> Describe(int64_t m, int64_t n, int64_t k, bool has_bias, const memory::desc& weights) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  try {
    const auto desc = has_bias ? dnnl::matmul::desc(Plain(m, k), weights, Plain(1, n), Plain(m, n))
                               : dnnl::matmul::desc(Plain(m, k), weights, Plain(m, n));
    Desc found(desc, attributes, DnnlEngine());
    if (std::strstr(found.impl_info_str(), "brg") != nullptr) return found;
  } catch (const dnnl::error&) {
  }
  return std::nullopt;
}

/// The order for weights [n, k], whatever the number of rows.
std::optional<memory::desc> PackedDesc(int64_t n, int64_t k) {
  constexpr int64_t kRows = 128;
  const auto found = Describe(kRows, n, k, true, memory::desc({k, n}, memory::data_type::f32, memory::format_tag::any));
  return found ? std::optional(found->weights_desc()) : std::nullopt;
}

struct Primitive {
  Desc desc;
  dnnl::matmul run;
};

/// Primitives by m, n, k, bias and threads; null where there is none. Emptied when there are too many to be of use.
const Primitive* Find(int64_t m, int64_t n, int64_t k, bool has_bias) {
  constexpr size_t kMost = 512;
  static std::map<std::array<int64_t, 5>, std::unique_ptr<Primitive>> cache;
  const std::array<int64_t, 5> key{m, n, k, has_bias, GetHost().threads()};
  const auto known = cache.find(key);
  if (known != cache.end()) return known->second.get();
  if (cache.size() >= kMost) cache.clear();
  std::unique_ptr<Primitive> made;
  if (const auto weights = PackedDesc(n, k)) {
    if (const auto desc = Describe(m, n, k, has_bias, *weights)) made.reset(new Primitive{*desc, dnnl::matmul(*desc)});
  }
  return (cache[key] = std::move(made)).get();
}

memory At(const memory::desc& desc, const void* data) { return memory(desc, DnnlEngine(), const_cast<void*>(data)); }

}  // namespace

int64_t LinearPackedBytes(int64_t n, int64_t k) {
  const auto desc = PackedDesc(n, k);
  return desc ? static_cast<int64_t>(desc->get_size()) : 0;
}

void LinearPack(int64_t n, int64_t k, const float* w, char* packed) {
  const auto order = PackedDesc(n, k);
  if (!order) throw Error("linear: weights of this shape are not packed");
  memory from = At(memory::desc({k, n}, memory::data_type::f32, memory::format_tag::ba), w), to = At(*order, packed);
  dnnl::reorder(from, to).execute(DnnlStream(), from, to);
  DnnlStream().wait();
}

bool LinearPacked(int64_t m, int64_t n, int64_t k, const float* x, const char* packed, const float* bias, float* out) {
  const Primitive* primitive = Find(m, n, k, bias != nullptr);
  if (primitive == nullptr) return false;
  const Desc& desc = primitive->desc;
  Scratch<char> scratch(static_cast<int64_t>(desc.scratchpad_desc().get_size()));
  std::unordered_map<int, memory> args{{DNNL_ARG_SRC, At(desc.src_desc(), x)},
                                       {DNNL_ARG_WEIGHTS, At(desc.weights_desc(), packed)},
                                       {DNNL_ARG_DST, At(desc.dst_desc(), out)},
                                       {DNNL_ARG_SCRATCHPAD, At(desc.scratchpad_desc(), scratch.get())}};
  if (bias != nullptr) args.emplace(DNNL_ARG_BIAS, At(desc.bias_desc(), bias));
  const SignalsWait wait;
  primitive->run.execute(DnnlStream(), args);
  DnnlStream().wait();
  return true;
}

TSTORCH_END
