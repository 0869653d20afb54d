// Activations and their derivatives: one pass over memory each.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

/// n / (n + 2) with n = e(e + 2), e = eˣ, is tanh(log(1 + eˣ)); above 20 it is 1 in any precision that is kept here.
template <class T>
inline T MishTanh(T x) {
  const T e = Exp(x > T(20) ? T(20) : x);
  const T n = e * (e + T(2));
  return n / (n + T(2));
}

template <class T>
inline T MishGrad(T x) {
  const T t = MishTanh(x);
  return t + x * Sigmoid(x) * (T(1) - t) * (T(1) + t);
}

template <class T>
inline T HardSwishGrad(T x) {
  const T inside = x <= T(3) ? x / T(3) + T(0.5) : T(1);
  return x < T(-3) ? T(0) : inside;
}

template <class T>
inline T SiluGrad(T x) {
  const T s = Sigmoid(x);
  return s * (T(1) + x * (T(1) - s));
}

/// scale, alpha·scale and input_scale of elu, selu and celu; see optimized/ops/activation.ts.
struct EluOptions {
  double positive, negative, input;
};
EluOptions ReadElu(Args& args) {
  const double alpha = args.number(), scale = args.number(), input = args.number();
  return {scale, alpha * scale, input};
}

}  // namespace

// Forward. a, b are the options named behind each line.
UNARY_WITH(leaky_relu, DispatchFloat, (x > 0 ? x : x * a))  // negative_slope
UNARY(silu, DispatchFloat, x* Sigmoid(x))
UNARY(gelu, DispatchFloat, GeluErf(x))
UNARY(gelu_tanh, DispatchFloat, GeluTanh(x))
UNARY(mish, DispatchFloat, x* MishTanh(x))
UNARY(logsigmoid, DispatchFloat, (Min(x, decltype(x)(0)) - Log1p(Exp(-Abs(x)))))
UNARY(hardsigmoid, DispatchFloat, (Min(Max(x + 3, decltype(x)(0)), decltype(x)(6)) / 6))
UNARY(hardswish, DispatchFloat, (x * (Min(Max(x + 3, decltype(x)(0)), decltype(x)(6)) / 6)))
UNARY_WITH(threshold, DispatchReal, (x <= a ? b : x))  // limit, value
UNARY_WITH(hardshrink, DispatchFloat, (x >= -a && x <= a ? decltype(x)(0) : x))  // lambd
UNARY_WITH(softshrink, DispatchFloat, (x > a ? x - a : x < -a ? x + a : decltype(x)(0)))  // lambd
BINARY(prelu, DispatchFloat, (x > 0 ? x : x * y))  // y: weight
/// log(1 + e^(a·x)) / a, and x itself where a·x > b: beta, threshold.
UNARY_WITH(softplus, DispatchFloat, (x * a > b ? x : Log1p(Exp(x * a)) / a))

KERNEL(elu) {
  const auto p = ReadPointwise<2>(args);
  const EluOptions o = ReadElu(args);
  DispatchFloat("elu", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using C = Compute<T>;
    const C positive = static_cast<C>(o.positive), negative = static_cast<C>(o.negative), input = static_cast<C>(o.input);
    RunUnary<T, T>(p, [=](C x) { return x > 0 ? x * positive : Expm1(x * input) * negative; });
  });
}

// Derivatives: x is the incoming gradient, y what the forward op saved.
BINARY(relu_backward, DispatchFloat, (y <= 0 ? decltype(x)(0) : x))                              // y: result
BINARY_WITH(leaky_relu_backward, DispatchFloat, (y > 0 ? x : x * a))                             // y: input
BINARY(sigmoid_backward, DispatchFloat, x*(decltype(x)(1) - y) * y)                              // y: result
BINARY(tanh_backward, DispatchFloat, x*(decltype(x)(1) - y * y))                                 // y: result
BINARY(gelu_backward, DispatchFloat, x* GeluErfGrad(y))                                          // y: input
BINARY(gelu_tanh_backward, DispatchFloat, x* GeluTanhGrad(y))                                    // y: input
BINARY(silu_backward, DispatchFloat, x* SiluGrad(y))                                             // y: input
BINARY(mish_backward, DispatchFloat, x* MishGrad(y))                                             // y: input
BINARY(logsigmoid_backward, DispatchFloat, x* Sigmoid(-y))                                       // y: input
BINARY(hardsigmoid_backward, DispatchFloat, (y > -3 && y < 3 ? x / 6 : decltype(x)(0)))          // y: input
BINARY(hardswish_backward, DispatchFloat, x* HardSwishGrad(y))                                   // y: input
BINARY_WITH(hardtanh_backward, DispatchFloat, (y <= a || y >= b ? decltype(x)(0) : x))           // y: result
BINARY_WITH(threshold_backward, DispatchFloat, (y <= a ? decltype(x)(0) : x))                    // y: result
BINARY_WITH(shrink_backward, DispatchFloat, (y >= -a && y <= a ? decltype(x)(0) : x))            // y: input
BINARY_WITH(softplus_backward, DispatchFloat, (y * a > b ? x : x * Sigmoid(y * a)))              // y: input

KERNEL(elu_backward) {  // y: input
  const auto p = ReadPointwise<3>(args);
  const EluOptions o = ReadElu(args);
  DispatchFloat("elu_backward", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using C = Compute<T>;
    const C positive = static_cast<C>(o.positive), negative = static_cast<C>(o.negative * o.input);
    const C input = static_cast<C>(o.input);
    RunBinary<T, T>(p, [=](C x, C y) { return y <= 0 ? x * negative * Exp(y * input) : x * positive; });
  });
}

KERNEL(elu_backward_from_output) {  // y: result
  const auto p = ReadPointwise<3>(args);
  const EluOptions o = ReadElu(args);
  DispatchFloat("elu_backward", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using C = Compute<T>;
    const C positive = static_cast<C>(o.positive), negative = static_cast<C>(o.negative), input = static_cast<C>(o.input);
    RunBinary<T, T>(p, [=](C x, C y) { return y <= 0 ? x * input * (y + negative) : x * positive; });
  });
}

TSTORCH_END
