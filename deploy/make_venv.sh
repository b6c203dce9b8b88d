#!/bin/sh
# make_venv.sh PYTHON DIR: make a virtual environment, installing Debian's part of it if need be.
set -eu
python=$1
dir=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Python 3.11 or later is needed; $python is $("$python" --version). Set PYTHON=..." >&2
  exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "Debian keeps Python's venv in a package of its own: installing python3-venv"
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
fi
rm -rf "$dir"
"$python" -m venv "$dir"
