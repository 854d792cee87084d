#!/bin/sh
# Plays `keyring get SERVICE USER` for the tests: knows the user `u` of services below `/simple/`.
case "$1 $2 $3" in
    "get http://"*"/simple/ u") echo p ;;
    *) exit 1 ;;
esac
