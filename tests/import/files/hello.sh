#!/bin/sh -e
echo "hello $USER"
