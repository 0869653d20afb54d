// Activations and their derivatives: one pass over memory each.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

// Forward. a, b are the options named behind each line.
UNARY_WITH(leaky_relu, DispatchFloat, (x > 0 ? x : x * a))  // negative_slope
UNARY_WITH(elu, DispatchFloat, (x > 0 ? x : a * Expm1(x)))  // alpha
UNARY(silu, DispatchFloat, x* Sigmoid(x))
UNARY(gelu, DispatchFloat, GeluErf(x))
UNARY(gelu_tanh, DispatchFloat, GeluTanh(x))
UNARY(logsigmoid, DispatchFloat, (Min(x, decltype(x)(0)) - Log1p(Exp(-Abs(x)))))
/// log(1 + e^(a·x)) / a, and x itself where a·x > b: beta, threshold.
UNARY_WITH(softplus, DispatchFloat, (x * a > b ? x : Log1p(Exp(x * a)) / a))

// Derivatives: x is the incoming gradient, y what the forward op saved.
BINARY(relu_backward, DispatchFloat, (y > 0 ? x : decltype(x)(0)))                    // y: result
BINARY_WITH(leaky_relu_backward, DispatchFloat, (y > 0 ? x : x * a))                  // y: input
BINARY(sigmoid_backward, DispatchFloat, x*(decltype(x)(1) - y) * y)                   // y: result
BINARY(tanh_backward, DispatchFloat, x*(decltype(x)(1) - y * y))                      // y: result
BINARY(gelu_backward, DispatchFloat, x* GeluErfGrad(y))                               // y: input
BINARY(gelu_tanh_backward, DispatchFloat, x* GeluTanhGrad(y))                         // y: input
BINARY(silu_backward, DispatchFloat,
       (x * Sigmoid(y) * (decltype(x)(1) + y * (decltype(x)(1) - Sigmoid(y)))))       // y: input

TSTORCH_END
