#!/bin/sh
# Installs one real Airflow release from PyPI into a virtual environment of its own.
#
#   install-airflow.sh VERSION          install what pins/VERSION.txt names
#   install-airflow.sh --lock VERSION   work pins/VERSION.txt out anew from pins/VERSION.in, then install it
#
# The last line of stdout is the path of the virtual environment; progress goes to stderr.
# Exit codes: 0 installed, 64 wrong call, 69 PyPI cannot be reached (callers may skip), 1 anything else.
#
# PYTHON                        the Python to use (default: python3.11, else python3); it must be a 3.11,
#                               the one version every supported Airflow runs on
# WINDSOCK_AIRFLOW_HOME_CACHE   where environments are kept (default: ~/.cache/windsock)
set -eu

say() { printf 'install-airflow: %s\n' "$*" >&2; }
die() { code=$1; shift; say "$*"; exit "$code"; }

lock=no
if [ "${1:-}" = --lock ]; then lock=yes; shift; fi
version=${1:-}
case $version in
  ''|*[!0-9.]*) die 64 'usage: install-airflow.sh [--lock] VERSION, for example 3.3.2' ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
pins=$here/pins/$version.txt
wanted=$here/pins/$version.in
[ "$lock" = no ] || [ -f "$wanted" ] || die 64 "no $wanted: copy a neighbour's and set version and date"
[ "$lock" = yes ] || [ -f "$pins" ] || die 64 "no pins for $version: write pins/$version.in and run install-airflow.sh --lock $version"

python=${PYTHON:-}
if [ -z "$python" ]; then
  for name in python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then python=$name; break; fi
  done
fi
[ -n "$python" ] || die 1 'no Python 3.11 found: install python3.11 with its venv module, or set PYTHON to one'

root=${WINDSOCK_AIRFLOW_HOME_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/windsock}/airflow
venv=$root/$version
stamp=$venv/.windsock-stamp
log=$root/$version.log
mkdir -p "$root"

# Two test files may ask for the same release at once; the second waits and finds it installed.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$root/.$version.lock"
  flock 9
fi

hash_of_inputs() {
  "$python" -c 'import hashlib, sys
h = hashlib.sha256()
for name in sys.argv[1:]:
    h.update(open(name, "rb").read())
print(h.hexdigest())' "$pins" "$here/install-airflow.sh"
}

# Exits 69 if not even one tiny package can be fetched, else 1: the fault is then in the pins.
give_up() {
  tail -n 15 "$log" >&2
  rm -rf "$venv"
  probe=$(mktemp -d)
  reachable=yes
  "$python" -m pip download --quiet --no-cache-dir --no-deps --retries 1 --timeout 20 --dest "$probe" six \
    >/dev/null 2>&1 || reachable=no
  rm -rf "$probe"
  [ "$reachable" = yes ] || die 69 "PyPI cannot be reached, so Airflow $version cannot be installed: check network and proxy settings of pip"
  die 1 "$1; the whole output is in $log"
}

# uv does in seconds what pip does in minutes; where it cannot be had, pip does.
find_uv() {
  uv=$root/uv/bin/uv
  [ ! -x "$uv" ] || return 0
  "$python" -m venv "$root/uv" >"$log" 2>&1 &&
    "$root/uv/bin/python" -m pip install --quiet uv >>"$log" 2>&1 && return 0
  say 'uv could not be installed, using pip (slower)'
  uv=
}

find_uv

if [ "$lock" = yes ]; then
  [ -n "$uv" ] || give_up 'only uv can work pins out, and it could not be installed'
  newest=$(sed -n 's/^# packages as of //p' "$wanted")
  [ -n "$newest" ] || die 64 "$wanted lacks its line '# packages as of YYYY-MM-DD'"
  say "working out pins of Airflow $version with packages as of $newest"
  "$uv" pip compile --quiet --no-header --no-annotate --python-version 3.11 --exclude-newer "$newest" \
    "$wanted" >"$root/$version.pins" 2>"$log" || { rm -f "$root/$version.pins"; give_up "no set of packages satisfies $wanted"; }
  mv "$root/$version.pins" "$pins"
fi

if [ "$(cat "$stamp" 2>/dev/null)" = "$(hash_of_inputs)" ] && [ -x "$venv/bin/airflow" ]; then
  say "Airflow $version is installed already"
  printf '%s\n' "$venv"
  exit 0
fi

say "installing Airflow $version into $venv"
rm -rf "$venv"
# An environment that exists is brought up to date in place: an Airflow may be running from it.
with_uv() {
  [ -n "$uv" ] || return 1
  { [ -x "$venv/bin/python" ] || "$uv" venv --quiet --python "$(command -v "$python")" "$venv" >"$log" 2>&1; } &&
    "$uv" pip sync --python "$venv/bin/python" "$pins" >>"$log" 2>&1
}

with_pip() {
  rm -rf "$venv"
  "$python" -m venv "$venv" >"$log" 2>&1 &&
    "$venv/bin/python" -m pip install --no-deps -r "$pins" >>"$log" 2>&1
}

# uv does not read pip's configuration files; where an index is named only there, pip still gets through.
with_uv || { say 'installing with pip (slower than uv)'; with_pip; } || give_up "the packages of $pins could not be installed"

AIRFLOW_HOME=$root/$version.home "$venv/bin/airflow" version >>"$log" 2>&1 || give_up "the installed Airflow $version does not start"
rm -rf "$root/$version.home"

hash_of_inputs >"$stamp"
say "Airflow $version is installed"
printf '%s\n' "$venv"
