#!/usr/bin/env bash
# Weakens the engine's primitives one place at a time and wants the loom suite to fail for each.
#
#   tests/plant/weaken.sh             all of them (about five minutes on two cores)
#   tests/plant/weaken.sh NAME...     some of them
#   tests/plant/weaken.sh --list      their names
#
# Works on a copy of the tree. Exits non-zero if the suite passes for a weakened copy, if it fails for the copy as it is, or if
# a weakening finds nothing to change any more (then it has to be written anew: the code has moved on).
set -euo pipefail
cd "$(dirname "$0")/../.."

src=core/engine/src
# name | file | sed expression
weakenings=(
  "list-release|$src/outlet.rs|/compare_exchange_weak(/,/)/s/Ordering::Release/Ordering::Relaxed/"
  "take-acquire|$src/outlet.rs|s/swap(NIL, Ordering::Acquire)/swap(NIL, Ordering::Relaxed)/"
  "shut-acquire|$src/outlet.rs|s/swap(SHUT, Ordering::Acquire)/swap(SHUT, Ordering::Relaxed)/"
  "generation|$src/directory.rs|s/post.mailbox.generation == link.generation && //"
  "second-look|$src/directory/reader.rs|s/self.try_ready().map_or(Poll::Pending, Poll::Ready)/Poll::Pending/"
  "wake-owed|$src/directory.rs|s/wakes.owe(outlet);/let _ = (outlet, wakes);/"
  "orphaned|$src/directory.rs|s/{ Stage::Orphaned }/{ Stage::Vacant }/"
  "recalled|$src/mailbox.rs|s/self.stage = Stage::Recalled;//"
  "end-past-park|$src/mailbox.rs|s/Stage::Parked => self.has_only_an_end(),/Stage::Parked => false,/"
  "park-over-end|$src/mailbox.rs|s/Stage::InHand if self.has_only_an_end() => true,//"
  "inbox-count|$src/inbox.rs|s/^        self.count.store(0, Ordering::Relaxed);/        drop(waiting);\n&/"
)

if [ "${1-}" = --list ]; then
  printf '%s\n' "${weakenings[@]%%|*}"
  exit 0
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# Touched (-m): cargo tells by their age that sources were weakened, and would keep what an earlier run has built.
tar --exclude=./target --exclude=./.git --exclude=./data -cf - . | tar -xmf - -C "$copy"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/weaken"
export RUSTFLAGS="--cfg loom"
# Short builds: the models are small.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
log="$copy/weaken.log"

build() {
  (cd "$copy" && cargo test --quiet --release -p frontdesk-engine --test 'loom_*' --no-run) >"$log" 2>&1
}
suite() {
  (cd "$copy" && timeout 600 cargo test --quiet --release -p frontdesk-engine --test 'loom_*' --no-fail-fast) >"$log" 2>&1
}

if ! build || ! suite; then
  cat "$log"
  echo "the loom suite fails without any weakening"
  exit 1
fi

missed=0
for weakening in "${weakenings[@]}"; do
  IFS='|' read -r name file expression <<<"$weakening"
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
    continue
  fi
  sed "$expression" "$file" >"$copy/$file"
  if cmp -s "$file" "$copy/$file"; then
    echo "$name: finds nothing to weaken in $file"
    missed=1
  elif ! build; then
    cat "$log"
    echo "$name: does not compile"
    missed=1
  elif suite; then
    echo "$name: NOT NOTICED"
    missed=1
  else
    # Loom may end the whole process at the first failure, so the names come from the panics and not from a summary.
    noticed=$(sed -nE "s/^thread '([a-z_]*_[a-z_]*)'.* panicked at .*/\1/p" "$log" | sort -u | tr '\n' ' ')
    if [ -n "$noticed" ]; then
      echo "$name: noticed by $noticed"
    else
      tail -n 40 "$log"
      echo "$name: the suite ended without a failed test"
      missed=1
    fi
  fi
  cp "$file" "$copy/$file"
done
exit "$missed"
