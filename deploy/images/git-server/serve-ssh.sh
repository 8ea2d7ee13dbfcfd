#!/bin/sh
# Serves the repositories by ssh on port 2222, to user git, with the keys that lie in /etc/git-ssh.
set -eu
exec /usr/sbin/sshd -D -e -f /etc/git-server/sshd_config
