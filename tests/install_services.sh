#!/bin/sh
# Installs what the tests need beside Python, where that is possible without asking.
set -u

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  as_root="sudo -n"
  $as_root true 2>/dev/null || {
    echo "Not installed, and no right to install:$missing. The tests that need it are skipped;"
    echo "install it with: sudo apt-get install$missing"
    exit 0
  }
fi
echo "Installing for the tests:$missing"
$as_root apt-get update -qq &&
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing fonts-liberation >/dev/null ||
  { echo "Could not install:$missing"; [ "${CI:-}" != true ]; }
