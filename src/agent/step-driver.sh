# Process 1 of the step's container: `/c8s/bin/busybox sh /c8s/step COMMAND…`. docs/design.md, "The step's pod", is its
# contract, the README beside it says why it is built like this. Only built-in words and /c8s/bin/busybox are used: the
# image may have nothing. Variables of ours begin with c8s_: the environment may hold any other name, and assigning to it
# would change what the commands see.
umask 0002
c8s_busybox=/c8s/bin/busybox
c8s_begun=
c8s_child=
c8s_cut=
c8s_early=
c8s_stopping=
c8s_timed_out=

# Signals of every kind a container runtime stops a container with (an image may choose another than TERM).
trap 'stop TERM' TERM
trap 'stop INT' INT
trap 'stop QUIT' QUIT
trap 'stop HUP' HUP
trap 'time_out' ALRM

# Ends the container before the commands begin. What is said here is nobody's secret: the raw container log may have it.
give_up() { # exit code, word for the termination message, sentence
  { printf %s "$2" >/dev/termination-log; } 2>/dev/null
  printf 'c8s: %s\n' "$3"
  exit "$1"
}

# Passes the signal on to the commands and all they started; what is left after the grace is killed. One that comes while they
# begin, and their number is not known yet, waits for that. Without `return`: busybox's shell takes one that meets the next
# signal for the end of the whole script.
stop() {
  if [ -z "$c8s_begun" ]; then
    exit 143
  elif [ -z "$c8s_child" ]; then
    c8s_early=$1
    c8s_cut=1
  else
    kill -s "$1" -- "-$c8s_child" 2>/dev/null || kill -s "$1" "$c8s_child" 2>/dev/null
    [ -n "$c8s_stopping" ] || kill_later
  fi
}

kill_later() {
  c8s_stopping=1
  { trap '' TERM INT QUIT HUP; $c8s_busybox sleep "$c8s_grace"; kill -s KILL -- "-$c8s_child"; } >/dev/null 2>&1 4<&- 6<&- &
}

time_out() {
  c8s_timed_out=1
  stop TERM
}

# Runs beside the commands. Reading `alive` ends when the shipper dies, or with the time the step has; /proc/uptime
# tells which, and a clock set back or forward does no harm.
guard() {
  trap '' TERM INT QUIT HUP
  read -r c8s_begin c8s_rest </proc/uptime
  if [ -n "$c8s_timeout" ]; then
    until_timeout "$c8s_timeout" && kill -s ALRM $$
  fi
  while read -r c8s_rest <&6; do :; done
  # The shipper is gone: without a reader the commands would stand still as soon as the pipe is full.
  exec $c8s_busybox cat <&4 >/dev/null
}

# Waits for the end of the time; starts draining at once should the shipper die before.
until_timeout() {
  read -r -t "$1" c8s_rest <&6
  read -r c8s_now c8s_rest </proc/uptime
  c8s_left=$((${c8s_begin%.*} + $1 - ${c8s_now%.*}))
  [ $c8s_left -gt 0 ] || return 0
  $c8s_busybox cat <&4 >/dev/null &
  $c8s_busybox sleep $c8s_left
}

# Writes the commands as one script: a command may then use `shift`, `set --`, `break` or `exec` as it would anywhere,
# and finds no variable of ours. Each is evaluated by itself, so that a syntax error shows when its turn comes.
write_script() {
  c8s_quote="'\\''"
  echo 'set -e'
  for c8s_command; do
    c8s_command=${c8s_command//\'/"$c8s_quote"}
    printf "printf '+ %%s\\\\n' '%s' || :\neval '%s'\n" "$c8s_command" "$c8s_command"
  done
}

# Runs the script in a session and group of its own, under a shell that tells its number and at last the exit code; where
# it is killed, the pipe ends. Not with `&`: that would leave SIGINT and SIGQUIT ignored in everything the commands start.
# The first setsid makes a group leader, so the second must fork, and its parent is done at once.
start_commands() {
  c8s_waiter='trap : TERM INT QUIT HUP; unset SHLVL; echo $$ >&9; "$@" /c8s/commands 2>&1 9>&-; echo $? >&9'
  exec 8<>/c8s/end 7</c8s/end 9>/c8s/end 8>&-
  c8s_begun=1
  $c8s_busybox setsid $c8s_busybox setsid $c8s_busybox sh -c "$c8s_waiter" sh $c8s_shell \
    </dev/null 2>/dev/null 4<&- 6<&- 7<&-
  exec 9>&-
  # A signal with a trap cuts `read` short, which looks like the end of the pipe.
  while ! read -r c8s_child <&7 && [ -n "$c8s_cut" ]; do c8s_cut=; done
  [ -z "$c8s_early" ] || stop "$c8s_early"
}

set_environment() {
  if [ -r /c8s/commit ]; then
    read -r COMMIT_SHA </c8s/commit
    export COMMIT_SHA
  fi
  [ -d "$HOME" ] && [ -w "$HOME" ] || export HOME=/c8s/home
  # The checkout belongs to the clone container's user; git wants to be told that this is all right.
  case $GIT_CONFIG_COUNT in '' | *[!0-9]*) GIT_CONFIG_COUNT=0 ;; esac
  export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=safe.directory" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT=$c8s_workspace"
  export GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
  unset C8S_DESCRIPTION C8S_TIMEOUT_SECONDS C8S_GRACE_SECONDS OLDPWD
}

# The image's own shell where it has one. Else busybox's, whose applets also stand at the end of PATH, so that `env`,
# `xargs` and the image's own programs find them too.
choose_shell() {
  c8s_shell=/bin/sh
  [ -x /bin/sh ] && return
  c8s_shell="$c8s_busybox sh"
  $c8s_busybox mkdir -p /c8s/applets && $c8s_busybox --install -s /c8s/applets
  export PATH="${PATH:+$PATH:}/c8s/applets"
}

# `<>` opens a pipe without waiting for its other end. The shipper says `ready` once it reads the log with its masks
# loaded; anything else, or nothing for two minutes, means that output would not be masked.
c8s_missing='the log shipper is not there, so output could not be masked; the commands were not run'
[ -p /c8s/alive ] && [ -p /c8s/log ] || give_up 125 'c8s: LogShipperMissing' "$c8s_missing"
exec 5<>/c8s/alive
read -r -t 120 c8s_ready <&5
[ "$c8s_ready" = ready ] || give_up 125 'c8s: LogShipperMissing' "$c8s_missing"

# Our own reading ends: of the log, so that no write fails when the shipper dies; of `alive`, to see it die.
exec 3<>/c8s/log 6</c8s/alive 5>&-
exec 4</c8s/log >/c8s/log 2>&1 3>&-

# What describes the run comes as assignments in one variable, each value quoted by admission. Not before all output is masked:
# in a user's own Job the variable is whatever the image says.
set -a
eval "$C8S_DESCRIPTION"
set +a
c8s_timeout=$C8S_TIMEOUT_SECONDS
c8s_grace=${C8S_GRACE_SECONDS:-30}
c8s_workspace=${C8S_WORKSPACE:-/workspace}

set_environment
choose_shell
write_script "$@" >/c8s/commands

start_commands
guard &
c8s_guardian=$!
{
  trap '' TERM INT QUIT HUP
  read -r c8s_code <&7 || c8s_code=137
  echo "$c8s_code" >/c8s/end
} 2>/dev/null 4<&- 6<&- &
c8s_end=$!

# A signal with a trap cuts `wait` short; a child that is gone cannot be signalled any more. Waiting for one child also takes
# care of every orphan of the commands.
while :; do
  wait $c8s_end
  kill -0 $c8s_end 2>/dev/null || break
done
# What `wait` says may be the signal's and not the child's, so the child left the code in the pipe; where it was killed itself,
# the commands' shell has, or the pipe ends with that.
trap '' TERM INT QUIT HUP ALRM
read -r c8s_code <&7 || c8s_code=137

kill -s KILL $c8s_guardian 2>/dev/null
if [ -n "$c8s_timed_out" ]; then
  give_up 124 'c8s: TimedOut' "the step was stopped: it took longer than its timeout of ${c8s_timeout}s"
fi
exit $c8s_code
