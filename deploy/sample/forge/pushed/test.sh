#!/bin/sh
set -eu
test "$(sh greet.sh)" = 'Hello, world!'
test "$(sh greet.sh Ada)" = 'Hello, Ada!'
echo 'greet.sh says hello'
