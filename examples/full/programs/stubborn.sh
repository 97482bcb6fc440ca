#!/bin/sh
# Ignores SIGTERM, so that supervisord has to kill it when its stopwaitsecs are over.
trap 'echo "SIGTERM? not now" >&2' TERM
echo "holding the beam shutter open"
while :; do sleep 1; done
