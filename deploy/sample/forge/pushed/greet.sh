#!/bin/sh
# Says hello to somebody.
echo "Hello, ${1:-world}!"
