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
. tests/plant/common.sh

src=core/engine/src
# name | file | sed expression
changes=(
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

choose "$@"

copy=$(mktemp -d)
log="$copy/weaken.log"
copy_tree

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/weaken"
export RUSTFLAGS="--cfg loom"
# Short builds: the models are small.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16

build() {
  (cd "$copy" && cargo test --quiet --release -p frontdesk-engine --test 'loom_*' --no-run) >"$log" 2>&1
}
suite() {
  (cd "$copy" && timeout 600 cargo test --quiet --release -p frontdesk-engine --test 'loom_*' --no-fail-fast) >"$log" 2>&1
}

try_each "$@"
