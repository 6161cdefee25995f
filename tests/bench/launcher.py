"""Starts one program and reports what it cost: launcher.py DESCRIPTOR PROGRAM ARGUMENT...

A process of its own, because Linux hands the peak memory of the process that starts a program on to
that program: this one stays smaller than an interpreter that does nothing (run it with -I -S).
To the descriptor goes one line: exit status, user and system seconds, peak in KB, wall seconds.
"""

import os
import sys
import time


def main() -> None:
    """Runs the program with this process's own input, output and environment."""
    report = int(sys.argv[1])
    os.set_inheritable(report, False)
    begin = time.perf_counter()
    process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    line = f"{status} {used.ru_utime:.6f} {used.ru_stime:.6f} {used.ru_maxrss} {wall:.6f}"
    os.write(report, line.encode())


main()
