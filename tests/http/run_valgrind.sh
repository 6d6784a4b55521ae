#!/bin/bash
# Stands in for the server in tests: runs $PROGRAM_UNDER_VALGRIND under valgrind, which makes the exit
# code 99 if it found something.
exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
    --fair-sched=yes "$PROGRAM_UNDER_VALGRIND" "$@"
