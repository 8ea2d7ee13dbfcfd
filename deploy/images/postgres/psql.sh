#!/bin/sh
exec "$(echo /usr/lib/postgresql/*/bin)/psql" "$@"
