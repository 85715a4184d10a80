#!/usr/bin/env python3
"""Writes src/vt/width-table.ts: the widths that the C library of this machine gives to every code point.

The host measures characters with wcwidth(3); Debian 12 (glibc 2.36) is the reference. Run it there, from the repository's root:

    python3 libs/screen/tools/generate-widths.py > libs/screen/src/vt/width-table.ts
"""

import ctypes
import platform

libc = ctypes.CDLL("libc.so.6")
libc.setlocale.restype = ctypes.c_char_p
assert libc.setlocale(0, b"C.UTF-8"), "needs the locale C.UTF-8"


def width(code_point: int) -> int:
    return libc.wcwidth(code_point)


def runs():
    start, current = 0x80, width(0x80)
    for code_point in range(0x81, 0x110001):
        value = width(code_point) if code_point < 0x110000 else None
        if value != current:
            yield code_point - start, current
            start, current = code_point, value


DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(value: int) -> str:
    text = ""
    while True:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
        if value == 0:
            return text


# One token a run: its length in base 36, then its width as a capital letter.
table = "".join(base36(length) + "NZSD"[value + 1] for length, value in runs())
print(f"""/**
 * Widths of all code points from U+0080, as wcwidth(3) of glibc {platform.libc_ver()[1]} has them: runs, each its length in base 36 and a letter
 * (N not printable, Z 0, S 1, D 2 columns). Written by tools/generate-widths.py; do not edit.
 */
export const WIDTH_RUNS =""")
lines = [table[i : i + 110] for i in range(0, len(table), 110)]
print("\n".join(f"  '{line}'" + (" +" if i + 1 < len(lines) else ";") for i, line in enumerate(lines)))
