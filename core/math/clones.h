/* One kernel, three instruction sets: the only place where mled asks what the CPU can do.

   MLE_KERNEL(ret, name, (parameters), (arguments))
   {
       body
   }

   compiles the body for the base instruction set, x86-64-v3 (AVX2) and x86-64-v4 (AVX-512), each as
   an inlined copy, and defines `name` as a call through the set that was chosen when the process
   started. MLE_LOCAL_KERNEL does the same with a static `name`. The list of arguments repeats the
   names of the parameters. The body may call inline functions and mle_lane_* (core/math/lanes.h);
   calls of libm stay scalar calls.

   Why not target_clones: its ifunc resolvers run before main, cannot be told to use less than the
   CPU offers (a test wants to), and crash under the thread sanitizer. A call through this table
   costs about 1 ns, so a kernel takes a tile of rows and not a row.

   The bits of a result do not depend on the set: FMA contraction is off, sums have eight fixed
   lanes, and functions are our own polynomials and not libmvec's, whose variants differ. Tests
   compare the sets bit by bit. */
#ifndef MLE_CORE_MATH_CLONES_H
#define MLE_CORE_MATH_CLONES_H

enum mle_isa {
    MLE_ISA_BASE, /* what the ABI guarantees: SSE2 on x86-64 */
    MLE_ISA_V3,
    MLE_ISA_V4,
    MLE_ISAS
};

/* The set in use. Chosen before main from the CPU and from the environment variable MLED_ISA (base,
   v2, v3 or v4: lowers only; v2 is the base set here), and constant from then on. */
extern enum mle_isa mle_isa_chosen;

/* "base", "x86-64-v3" or "x86-64-v4". */
const char *mle_isa_name(void);

/* The best set that the CPU and the build allow, whatever was chosen. */
enum mle_isa mle_isa_best(void);

/* For tests and benchmarks, while no other thread computes: use isa, but never more than the CPU
   offers. Returns what is in use now. */
enum mle_isa mle_isa_use(enum mle_isa isa);

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && defined __OPTIMIZE__
#define MLE_ISA_CLONES 1
#else
#define MLE_ISA_CLONES 0
#endif

#define MLE_INLINE static inline __attribute__((always_inline))

/* clang-format off */
#if MLE_ISA_CLONES
/* -Wpedantic dislikes `return f();` in a function that returns void, which lets one macro serve
   all kernels. */
#define MLE_KERNEL_AS_(linkage, ret, name, params, args)                                           \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpedantic\"")                \
    MLE_INLINE ret name##_body params;                                                             \
    static ret name##_base params { return name##_body args; }                                     \
    __attribute__((target("arch=x86-64-v3"))) static ret name##_v3 params                          \
    { return name##_body args; }                                                                   \
    __attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))) static ret name##_v4 params  \
    { return name##_body args; }                                                                   \
    linkage ret name params                                                                        \
    {                                                                                              \
        static ret (*const table[MLE_ISAS]) params = { name##_base, name##_v3, name##_v4 };        \
        return table[mle_isa_chosen] args;                                                         \
    }                                                                                              \
    _Pragma("GCC diagnostic pop")                                                                  \
    MLE_INLINE ret name##_body params
#else
#define MLE_KERNEL_AS_(linkage, ret, name, params, args) linkage ret name params
#endif
/* clang-format on */

#define MLE_KERNEL(ret, name, params, args)       MLE_KERNEL_AS_(, ret, name, params, args)
#define MLE_LOCAL_KERNEL(ret, name, params, args) MLE_KERNEL_AS_(static, ret, name, params, args)

#endif
