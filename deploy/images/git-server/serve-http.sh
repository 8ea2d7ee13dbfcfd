#!/bin/sh
# Serves the repositories by HTTP on port 8080. The private ones want the username and the password
# that lie in /etc/git-http; without those files nobody gets in.
set -eu
umask 077
: > /tmp/users
if [ -e /etc/git-http/username ]; then
  printf '%s:%s\n' "$(cat /etc/git-http/username)" "$(cat /etc/git-http/password)" > /tmp/users
fi
exec /usr/sbin/lighttpd -D -f /etc/git-server/lighttpd.conf
