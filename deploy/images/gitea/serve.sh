#!/bin/sh
# Makes the database and its first user, an administrator, when /data is new; then serves HTTP on 3000 and ssh on 2222.
# /etc/gitea holds app.ini, username, password and host-key.
set -eu
settings=/etc/gitea/app.ini
if [ ! -e /data/is-made ]; then
  gitea --config "$settings" migrate
  gitea --config "$settings" admin user create --admin --must-change-password=false \
    --username "$(cat /etc/gitea/username)" --password "$(cat /etc/gitea/password)" --email admin@example.com
  : > /data/is-made
fi
exec gitea --config "$settings" web
