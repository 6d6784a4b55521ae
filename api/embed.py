#!/usr/bin/env python3
"""Writes a file as an array of C: embed.py FILE OUTPUT NAME"""

import sys


def main(source, path, name):
    with open(source, "rb") as file:
        data = file.read()
    with open(path, "w", encoding="ascii") as out:
        out.write(f"/* Made by embed.py. */\n#include <stddef.h>\n\n")
        out.write(f"extern const char {name}[];\nextern const size_t {name}_bytes;\n")
        out.write(f"const size_t {name}_bytes = {len(data)};\nconst char {name}[] = {{\n")
        for i in range(0, len(data), 16):
            row = ", ".join(str(b if b < 128 else b - 256) for b in data[i : i + 16])
            out.write(f"    {row},\n")
        out.write("    0\n};\n")


main(*sys.argv[1:])
