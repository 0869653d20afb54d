// Convolution of float by oneDNN. Images and weights come and go in plain layouts; inside, oneDNN uses the layout it is
// fastest with. Primitives are made once per shape: that costs more than a small convolution.
#include <omp.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "core/parallel.h"
#include "core/signals.h"
#include "cpu/conv.h"
#include "cpu/dnnl_support.h"
#include "cpu/finite.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

using dnnl::memory;

constexpr auto kFloat = memory::data_type::f32;

memory::dims SpatialDims(const ConvShape& s, const int64_t (&sizes)[3], int64_t minus = 0) {
  memory::dims dims;
  for (int64_t d = 3 - s.dims; d < 3; ++d) dims.push_back(sizes[d] - minus);
  return dims;
}

memory::dims ImageDims(const ConvShape& s, int64_t channels, const int64_t (&sizes)[3]) {
  memory::dims dims{s.batch, channels};
  for (int64_t size : SpatialDims(s, sizes)) dims.push_back(size);
  return dims;
}

memory::dims WeightDims(const ConvShape& s) {
  memory::dims dims;
  if (s.groups > 1) dims.push_back(s.groups);
  dims.push_back(s.group_narrow());
  dims.push_back(s.group_wide());
  for (int64_t size : SpatialDims(s, s.kernel)) dims.push_back(size);
  return dims;
}

memory::desc Plain(const memory::dims& dims, bool channels_last) {
  memory::dims strides(dims.size());
  int64_t step = 1;
  if (channels_last) {
    strides[1] = 1;
    step = dims[1];
  }
  for (size_t d = dims.size(); d-- > 0;) {
    if (channels_last && d == 1) continue;
    strides[d] = step;
    step *= dims[d];
  }
  return memory::desc(dims, kFloat, strides);
}

/// An image as the caller lays it out.
memory::desc ImageDesc(const memory::dims& dims, const ConvShape& s, ImageLayout layout) {
  if (layout != ImageLayout::channels) return Plain(dims, s.channels_last);
  using tag = memory::format_tag;
  constexpr tag by_eight[] = {tag::nCw8c, tag::nChw8c, tag::nCdhw8c}, by_sixteen[] = {tag::nCw16c, tag::nChw16c, tag::nCdhw16c};
  return memory::desc(dims, kFloat, (kLanes<float> == 16 ? by_sixteen : by_eight)[s.dims - 1]);
}

/// The padding at the end. Where several paddings give the same sizes, that of the start, which oneDNN likes best.
memory::dims EndPadding(const ConvShape& s) {
  memory::dims end;
  for (int64_t d = 3 - s.dims; d < 3; ++d) {
    const int64_t span = s.dilation[d] * (s.kernel[d] - 1) + 1;
    const int64_t least = (s.narrow[d] - 1) * s.stride[d] + span - s.wide[d] - s.padding[d];
    const bool symmetric = s.padding[d] >= least && s.padding[d] < least + s.stride[d];
    end.push_back(symmetric ? s.padding[d] : least);
  }
  return end;
}

dnnl::primitive_attr UserScratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// Whether Winograd's algorithm is expected to be faster: 3 x 3 kernels with enough channels to fill registers, and enough
/// tiles of 4 x 4 results to pay for the transformed weights, which are four times as many as the weights. Measured with
/// one thread at 0.45 to 0.75 of the direct algorithm's time. Its rounding errors are of the same order.
bool PreferWinograd(const ConvShape& s) {
  if (s.dims != 2 || s.groups != 1 || s.channels_last) return false;
  for (int d = 1; d < 3; ++d)
    if (s.kernel[d] != 3 || s.stride[d] != 1 || s.dilation[d] != 1) return false;
  const int64_t tiles = s.batch * ((s.narrow[1] + 3) / 4) * ((s.narrow[2] + 3) / 4);
  return s.wide_channels >= 32 && s.narrow_channels >= 32 && s.wide_channels * s.narrow_channels >= 2048 && tiles >= 48;
}

class ConvPrimitive {
 public:
  ConvPrimitive(dnnl::algorithm algorithm, ConvTarget target, const ConvShape& s, bool has_bias) : target_(target) {
    const memory::dims x_dims = ImageDims(s, s.wide_channels, s.wide), y_dims = ImageDims(s, s.narrow_channels, s.narrow);
    const memory::dims w_dims = WeightDims(s);
    const memory::desc x_user = ImageDesc(x_dims, s, s.wide_layout), y_user = ImageDesc(y_dims, s, s.narrow_layout);
    const memory::desc w_user = Plain(w_dims, false);
    const auto any = memory::format_tag::any;
    const memory::desc x_any = s.channels_last ? x_user : memory::desc(x_dims, kFloat, any);
    const memory::desc y_any = s.channels_last ? y_user : memory::desc(y_dims, kFloat, any);
    const memory::desc w_any(w_dims, kFloat, any);
    const memory::dims stride = SpatialDims(s, s.stride), dilation = SpatialDims(s, s.dilation, 1);
    const memory::dims start = SpatialDims(s, s.padding), end = EndPadding(s);
    using Forward = dnnl::convolution_forward;
    const auto kind = dnnl::prop_kind::forward_training;
    if (has_bias) bias_ = memory::desc({s.narrow_channels}, kFloat, memory::format_tag::a);
    const Forward::desc forward_desc = has_bias
        ? Forward::desc(kind, algorithm, x_any, w_any, bias_, y_any, stride, dilation, start, end)
        : Forward::desc(kind, algorithm, x_any, w_any, y_any, stride, dilation, start, end);
    const Forward::primitive_desc forward(forward_desc, UserScratch(), DnnlEngine());
    switch (target) {
      case ConvTarget::narrow:
        Set(Forward(forward), forward.scratchpad_desc());
        x_ = {x_user, forward.src_desc(), false};
        w_ = {w_user, forward.weights_desc(), false};
        y_ = {y_user, forward.dst_desc(), true};
        break;
      case ConvTarget::wide: {
        using Data = dnnl::convolution_backward_data;
        const Data::primitive_desc data(Data::desc(algorithm, x_any, w_any, y_any, stride, dilation, start, end), UserScratch(),
                                        DnnlEngine(), forward);
        Set(Data(data), data.scratchpad_desc());
        x_ = {x_user, data.diff_src_desc(), true};
        w_ = {w_user, data.weights_desc(), false};
        y_ = {y_user, data.diff_dst_desc(), false};
        break;
      }
      case ConvTarget::weight: {
        using Weights = dnnl::convolution_backward_weights;
        const Weights::primitive_desc weights(Weights::desc(algorithm, x_any, w_any, y_any, stride, dilation, start, end),
                                              UserScratch(), DnnlEngine(), forward);
        Set(Weights(weights), weights.scratchpad_desc());
        x_ = {x_user, weights.src_desc(), false};
        w_ = {w_user, weights.diff_weights_desc(), true};
        y_ = {y_user, weights.diff_dst_desc(), false};
        break;
      }
    }
  }

  size_t packed_bytes() const { return w_.copy_size(); }

  void Run(float* x, float* w, float* y, const float* bias, PackedWeights packed) const {
    const DnnlOperand* operands[3] = {&x_, &w_, &y_};
    void* data[3] = {x, w, y};
    const int output = target_ == ConvTarget::wide ? 0 : target_ == ConvTarget::weight ? 1 : 2;
    std::unique_ptr<Scratch<char>> copies[3];
    memory inner[3];
    for (int i = 0; i < 3; ++i) {
      if (operands[i]->differs()) {
        const bool kept = i == 1 && packed.data != nullptr;
        if (!kept) copies[i] = std::make_unique<Scratch<char>>(static_cast<int64_t>(operands[i]->copy_size()));
        inner[i] = operands[i]->InnerMemory(kept ? packed.data : copies[i]->get());
        if (i == output || (kept && packed.filled)) continue;
        memory user = operands[i]->UserMemory(data[i]);
        operands[i]->Reorder(user, inner[i]);
      } else {
        inner[i] = operands[i]->InnerMemory(data[i]);
      }
    }
    Execute(inner[0], inner[1], inner[2], bias);
    if (operands[output]->differs()) {
      memory user = operands[output]->UserMemory(data[output]);
      operands[output]->Reorder(inner[output], user);
    }
    DnnlStream().wait();
  }

 private:
  void Set(dnnl::primitive primitive, const memory::desc& scratch) {
    primitive_ = std::move(primitive);
    scratch_ = scratch;
  }

  void Execute(const memory& x, const memory& w, const memory& y, const float* bias) const {
    Scratch<char> scratch(static_cast<int64_t>(scratch_.get_size()));
    const memory own(scratch_, DnnlEngine(), scratch.get());
    const SignalsWait wait;
    switch (target_) {
      case ConvTarget::narrow: {
        std::unordered_map<int, memory> args{
            {DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}, {DNNL_ARG_SCRATCHPAD, own}};
        if (bias != nullptr) args.emplace(DNNL_ARG_BIAS, memory(bias_, DnnlEngine(), const_cast<float*>(bias)));
        primitive_.execute(DnnlStream(), args);
        break;
      }
      case ConvTarget::wide:
        primitive_.execute(DnnlStream(), {{DNNL_ARG_DIFF_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_SCRATCHPAD, own}});
        break;
      case ConvTarget::weight:
        primitive_.execute(DnnlStream(), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_WEIGHTS, w}, {DNNL_ARG_DIFF_DST, y}, {DNNL_ARG_SCRATCHPAD, own}});
        break;
    }
  }

  ConvTarget target_;
  dnnl::primitive primitive_;
  memory::desc scratch_, bias_;
  DnnlOperand x_, w_, y_;
};

/// Primitives by shape, algorithm, target, bias and number of threads; null where oneDNN has none. Emptied when it grows
/// large: shapes then vary so much that keeping them is of no use.
const ConvPrimitive* Find(dnnl::algorithm algorithm, ConvTarget target, const ConvShape& s, bool has_bias) {
  constexpr size_t kMost = 512;
  static std::unordered_map<std::string, std::unique_ptr<ConvPrimitive>> cache;
  std::string key(reinterpret_cast<const char*>(&s), sizeof s);
  key.push_back(static_cast<char>(algorithm == dnnl::algorithm::convolution_winograd));
  key.push_back(static_cast<char>(target));
  key.push_back(static_cast<char>(has_bias));
  key.push_back(static_cast<char>(omp_get_max_threads()));
  const auto found = cache.find(key);
  if (found != cache.end()) return found->second.get();
  if (cache.size() >= kMost) cache.clear();
  std::unique_ptr<ConvPrimitive> made;
  try {
    made = std::make_unique<ConvPrimitive>(algorithm, target, s, has_bias);
  } catch (const dnnl::error&) {
    made = nullptr;
  }
  return (cache[std::move(key)] = std::move(made)).get();
}

/// Adds bias[c] to every element of channel c of the wide image: oneDNN has a bias for the narrow one only.
void AddBias(const ConvShape& s, float* x, const float* bias) {
  const int64_t channels = s.wide_channels, size = s.wide_size();
  ParallelFor(s.batch * channels, kGrain / (size + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t lanes = s.channels_last ? channels : s.wide_layout == ImageLayout::channels ? kLanes<float> : 1;
      float* first = x + i / lanes * lanes * size + i % lanes;
      for (int64_t j = 0; j < size; ++j) first[j * lanes] += bias[i % channels];
    }
  });
}

/// Null where Winograd's algorithm is not the better one.
const ConvPrimitive* FindWinograd(ConvTarget target, const ConvShape& s, bool has_bias) {
  return PreferWinograd(s) ? Find(dnnl::algorithm::convolution_winograd, target, s, has_bias) : nullptr;
}

/// Winograd's algorithm mixes the elements of a tile, so that one infinity or NaN spreads over results that never saw it:
/// false if there is one.
bool RunWinograd(const ConvPrimitive& primitive, ConvTarget target, const ConvShape& s, float* x, float* w, float* y,
                 const float* bias, PackedWeights packed) {
  primitive.Run(x, w, y, bias, packed);
  switch (target) {
    case ConvTarget::narrow: return AllFinite(y, s.batch * s.narrow_channels * s.narrow_size());
    case ConvTarget::wide: return AllFinite(x, s.batch * s.wide_channels * s.wide_size());
    case ConvTarget::weight: return AllFinite(w, s.narrow_channels * s.group_wide() * s.kernel_size());
  }
  return false;
}

}  // namespace

bool ConvDnnl(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias, PackedWeights packed) {
  const float* inner_bias = target == ConvTarget::narrow ? bias : nullptr;
  const ConvPrimitive* winograd = FindWinograd(target, s, inner_bias != nullptr);
  if (winograd == nullptr || !RunWinograd(*winograd, target, s, x, w, y, inner_bias, packed)) {
    const ConvPrimitive* primitive = Find(dnnl::algorithm::convolution_direct, target, s, inner_bias != nullptr);
    if (primitive == nullptr) return false;
    primitive->Run(x, w, y, inner_bias, winograd == nullptr ? packed : PackedWeights{});
  }
  if (bias != nullptr && inner_bias == nullptr) AddBias(s, x, bias);
  return true;
}

int64_t ConvPackedBytes(const ConvShape& s, bool has_bias) {
  const ConvPrimitive* primitive = FindWinograd(ConvTarget::narrow, s, has_bias);
  if (primitive == nullptr) primitive = Find(dnnl::algorithm::convolution_direct, ConvTarget::narrow, s, has_bias);
  return primitive == nullptr ? 0 : static_cast<int64_t>(primitive->packed_bytes());
}

TSTORCH_END
