#!/usr/bin/env bash
# Finds npm, which the page of an export takes ONNX Runtime Web from, or installs Debian's package as root.
set -eu
if command -v npm >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm >/dev/null
  exit 0
fi
echo "npm was not found. Install Node.js 18 or later (Debian: sudo apt-get install nodejs npm) and run this again." >&2
exit 1
