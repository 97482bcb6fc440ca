#!/bin/sh
# A rolling restart: a few at a time, each batch up before the next begins; stops at the first that does not come up.
#
#   deploy.sh SELECTOR [BATCH]        deploy.sh 'web:*' 25%
#
# Ends with 0 when all run the new version, 3 when something did not run before, 5 or 6 when a batch failed.
# Which supervisors: MULTIVISOR_CONFIG, or ./multivisor.conf.
set -eu

selector=${1:?"name what to restart, such as 'web:*'"}
batch=${2:-1}

# On something that is half down already, a roll would take down the rest.
code=0
multivisor status "$selector" >&2 || code=$?
if [ "$code" -ne 0 ]; then
  echo "deploy: not begun; bring up what is down first" >&2
  exit "$code"
fi

multivisor restart "$selector" --batch "$batch" --wait --timeout "${DEPLOY_TIMEOUT:-60s}" -y || code=$?
case $code in
  0) echo "deploy: $selector restarted, $batch at a time" ;;
  *)
    echo "deploy: stopped; those marked '-' still run the old version. Their state, and what the failed ones said:" >&2
    multivisor status "$selector" >&2 || true
    ;;
esac
exit "$code"
