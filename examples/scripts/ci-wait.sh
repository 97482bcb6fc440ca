#!/bin/sh
# For CI: waits until everything runs, and prints the last lines of what does not.
#
#   ci-wait.sh SELECTOR…              supervisord -c supervisord.conf && ci-wait.sh web db
#
# Ends with 0 when all run, 5 as soon as one is FATAL, 7 when no supervisor answers, 124 when it takes too long.
# CI_TIMEOUT: seconds, for the supervisors to answer and then for the processes to run (120).
# Which supervisors: MULTIVISOR_CONFIG, or ./multivisor.conf.
set -u

[ $# -gt 0 ] || { echo "ci-wait: name what to wait for, such as 'web:*'" >&2; exit 2; }
seconds=${CI_TIMEOUT:-120}
end=$(($(date +%s) + seconds))

# A supervisord that has just been started may not listen yet.
code=0
multivisor supervisors --timeout 2s >/dev/null 2>&1 || code=$?
while [ "$code" -eq 7 ] && [ "$(date +%s)" -lt "$end" ]; do
  sleep 1
  code=0
  multivisor supervisors --timeout 2s >/dev/null 2>&1 || code=$?
done

code=0
multivisor wait "$@" --for running --timeout "${seconds}s" || code=$?
[ "$code" -ne 0 ] || exit 0

multivisor status "$@" -o name --allow-empty state=fatal,backoff,exited,stopped,starting 2>/dev/null |
  while IFS= read -r uid; do
    echo "--- the last lines of $uid"
    multivisor logs "$uid" -n 20
  done >&2
exit "$code"
