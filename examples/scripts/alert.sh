#!/bin/bash
# Runs a command for each process that becomes FATAL, and for those that already are: COMMAND… UID REASON.
#
#   alert.sh COMMAND…                 alert.sh logger -t multivisor
#
# Goes on until it is interrupted; under supervisord give it stopasgroup=true.
# Which supervisors: MULTIVISOR_CONFIG, or ./multivisor.conf.
set -uo pipefail

[ $# -gt 0 ] || { echo "alert: name the command to run, such as: alert.sh logger -t multivisor" >&2; exit 2; }

tell() {
  "$@" || echo "alert: '$1' ended with $?" >&2
}

# Text of a field whose value is a string; what JSON escapes in it stays escaped.
field() {
  sed -n "s/.*\"$1\":\"\(\([^\"\\\\]\|\\\\.\)*\)\".*/\1/p" <<<"$2"
}

multivisor watch --json | while IFS= read -r line; do
  case $line in
    '{"type":"snapshot"'*)
      # From here on every change is told; what is FATAL by now is looked up.
      multivisor status 'state=fatal' --allow-empty -o name | while IFS= read -r uid; do
        tell "$@" "$uid" 'is FATAL since before'
      done
      ;;
    '{"type":"changed"'*'"to":"FATAL"'*)
      # What follows is all that is known of the process, earlier reasons among it.
      change=${line%%,\"process\":*}
      tell "$@" "$(field uid "$change")" "$(field text "$change")"
      ;;
  esac
done
