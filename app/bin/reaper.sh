# reaper.sh COMMAND…: what process 1 of a container has to do. Starts the command, passes signals
# on, and ends with its exit status. A shell that waits also takes note of every process that lost
# its parent and ended, so none stays as a zombie; Node waits for its own children only.
child= asked=
for name in TERM INT HUP; do
  trap "asked=$name; [ -z \"\$child\" ] || kill -$name \"\$child\" 2> /dev/null" "$name"
done
# What stands behind & would else read from /dev/null, and a terminal would not be seen.
exec 3<&0
"$@" <&3 3<&- &
child=$!
[ -z "$asked" ] || kill "-$asked" "$child" 2> /dev/null
exec 3<&-
status=127
while :; do
  asked=
  wait "$child"
  now=$?
  # 127: its end was noted already, in a wait that a signal cut short.
  [ "$now" -eq 127 ] || status=$now
  [ -n "$asked" ] || exit "$status"
done
