#!/usr/bin/env python3
"""Writes the table of number.c: powers of ten rounded down to 128 bits, top bit set."""

import sys

FIRST, LAST = -342, 308


def top_128_bits(power):
    if power >= 0:
        value = 10**power
        shift = value.bit_length() - 128
        return value >> shift if shift > 0 else value << -shift
    # 2^k / 10^-power with k such that the quotient has 128 bits; reciprocals are rounded up, so
    # that a product with an integer is never below the truth (Lemire 2021, section 6).
    divisor = 10**-power
    quotient = (1 << (divisor.bit_length() + 127)) // divisor + 1
    return quotient >> (quotient.bit_length() - 128)


def main(path):
    with open(path, "w", encoding="ascii") as out:
        out.write('/* Made by power_table.py. */\n#include "api/number.h"\n\n')
        out.write("const uint64_t mle_powers_of_ten[][2] = {\n")
        for power in range(FIRST, LAST + 1):
            bits = top_128_bits(power)
            out.write(f"    {{ {bits >> 64:#018x}, {bits & (2**64 - 1):#018x} }}, /* 1e{power} */\n")
        out.write("};\n")


main(sys.argv[1])
