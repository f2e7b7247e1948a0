# What the scripts in tools/ share. Sourced, never run.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by the scripts that source this file
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# Where dependencies live: outside of the checkout, so that checkouts share them.
cache_dir=${XDG_CACHE_HOME:-~/.cache}/actor_cache

# program_prefix <program>: where tools/deps puts a program that it does not install.
program_prefix() {
  (
    # shellcheck source=/dev/null
    source /etc/os-release
    echo "$cache_dir/$1-debian-$VERSION_ID-$(dpkg --print-architecture)"
  )
}

# The first script of a chain starts the clock that all of them show.
export ACTOR_CACHE_STARTED=${ACTOR_CACHE_STARTED:-$EPOCHSECONDS}

say() {
  printf '[%4ds] %s\n' "$((EPOCHSECONDS - ACTOR_CACHE_STARTED))" "$*"
}

die() {
  say "FAILED: $*" >&2
  exit 1
}

# usage: prints the comment at the top of the running script.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

# source_files: prints the C++ sources that git tracks or would, each with a NUL.
source_files() {
  git ls-files -z --cached --others --exclude-standard --deduplicate '*.hpp' '*.cpp' |
    while IFS= read -r -d '' file; do
      [[ -f $file ]] && printf '%s\0' "$file"
    done
}

# use_ccache: has CMake compile through ccache where there is one, and checkouts
# share what they have compiled.
use_ccache() {
  command -v ccache >/dev/null || return 0
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros # for precompiled headers
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
}

# logged <log> <what> <command>...: runs a command with its output in a log and
# shows its newest "[n/m]" every few seconds. Where the command fails, so does
# the script, with the end of the log.
logged() {
  local log=$1 what=$2
  shift 2
  say "$what"
  mkdir -p "$(dirname "$log")"
  "$@" </dev/null 2>&1 | follow "$log" "$what" && return
  tail -n 25 "$log" >&2
  die "$what; the whole log is $log"
}

# follow <log> <what>: copies standard input to the log and reports progress.
follow() {
  local log=$1 what=$2 every=10 part line='' progress='' shown=$EPOCHSECONDS status
  while true; do
    status=0
    IFS= read -r -t "$every" part || status=$?
    line+=$part # a timeout may come in the middle of a line
    if ((status == 0)); then
      printf '%s\n' "$line" >&3
      [[ $line =~ ^\[[0-9]+/[0-9]+\] ]] && progress=" ${BASH_REMATCH[0]}"
      line=''
    elif ((status <= 128)); then # the end of the input rather than a timeout
      printf '%s' "$line" >&3
      break
    fi
    if ((EPOCHSECONDS - shown >= every)); then
      say "$what$progress"
      shown=$EPOCHSECONDS
    fi
  done 3>"$log"
}
