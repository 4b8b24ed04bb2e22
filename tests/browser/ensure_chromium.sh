#!/usr/bin/env bash
# Finds a Chromium for the browser tests, or installs one: Debian's package as root, else Playwright's own build.
set -eu
for name in "${TWINLENS_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null
  exit 0
fi
echo "No Chromium found. Install it (Debian: sudo apt-get install chromium) or set TWINLENS_CHROMIUM to its path;"
echo "trying Playwright's own build now."
"${VENV:-.venv}/bin/python" -m playwright install chromium
