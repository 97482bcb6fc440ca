#!/bin/sh
# For cron: says nothing while all is well, and prints what is wrong, which cron mails.
#
#   */5 * * * *  /opt/multivisor/check.sh            everything
#   */5 * * * *  /opt/multivisor/check.sh 'web:*'    some of it
#
# Ends with 0, or as `multivisor status` does: 3 something does not run, 6 a supervisor is not reached, 7 none is.
# CHECK_EXPECT: the states that are fine (running,exited). Which supervisors: MULTIVISOR_CONFIG, or ./multivisor.conf.
set -u

found=$(multivisor status "$@" --expect "${CHECK_EXPECT:-running,exited}" 2>&1)
code=$?
[ "$code" -eq 0 ] || printf '%s\n' "$found"
exit "$code"
