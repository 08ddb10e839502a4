# What plant.sh and weaken.sh share: a copy of the tree is changed one place at a time, and the suite must fail for each change.
#
# Whoever sources this gives `changes`, an array of name|file|sed expression, and the functions `build` and `suite`, which work in
# $copy and write what they print to $log.

# Answers --list, and refuses names that there are none of.
choose() {
  if [ "${1-}" = --list ]; then
    printf '%s\n' "${changes[@]%%|*}"
    exit 0
  fi
  local name
  for name in "$@"; do
    if ! printf '%s\n' "${changes[@]%%|*}" | grep -qx -- "$name"; then
      echo "$name: there is no such name; see --list"
      exit 1
    fi
  done
}

# Copies the tree to $copy, which is gone at the end.
copy_tree() {
  trap 'rm -rf "$copy"' EXIT
  # Touched (-m): cargo tells by their age that sources have changed, and would keep what an earlier run has built.
  tar --exclude=./target --exclude=./.git --exclude=./data -cf - . | tar -xmf - -C "$copy"
}

# Makes the changes, all or those that are named; exits with 1 if one isn't noticed.
try_each() {
  echo "as it is: the tests must pass"
  if ! build || ! suite; then
    tail -n 60 "$log"
    echo "the tests fail without any change"
    exit 1
  fi
  local missed=0 change name file expression noticed
  for change in "${changes[@]}"; do
    IFS='|' read -r name file expression <<<"$change"
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
      continue
    fi
    sed "$expression" "$file" >"$copy/$file"
    if cmp -s "$file" "$copy/$file"; then
      echo "$name: finds nothing to change in $file"
      missed=1
    elif ! build; then
      tail -n 60 "$log"
      echo "$name: does not compile"
      missed=1
    elif suite; then
      echo "$name: NOT NOTICED"
      missed=1
    else
      # Loom may end the whole process at the first failure, so the names come from the panics and not from a summary.
      noticed=$(sed -nE "s/^thread '([a-z_:]*_[a-z_:]*)'.* panicked at .*/\1/p" "$log" | sort -u | tr '\n' ' ')
      if [ -n "$noticed" ]; then
        echo "$name: noticed by $noticed"
      else
        tail -n 60 "$log"
        echo "$name: the tests ended without a failed test"
        missed=1
      fi
    fi
    cp "$file" "$copy/$file"
  done
  exit "$missed"
}
