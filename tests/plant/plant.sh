#!/usr/bin/env bash
# Plants bugs one by one and wants the tests to fail for each: a slot that is not released, a wake-up that is dropped, a blocked
# visitor that is let in, a sequence number that is used again, a watch that outlives its link, a bot that hears on, a session that weighs
# nothing once it has lain dormant, room that is kept for nobody, an agent that keeps a post whose department is gone.
#
#   tests/plant/plant.sh             all of them (a few minutes, if the tree's tests are built)
#   tests/plant/plant.sh NAME...     some of them
#   tests/plant/plant.sh --list      their names
#
# Works on a copy of the tree beside what is built, so that libraries are not built again. Exits non-zero if the tests pass for a
# planted bug, if they fail for the copy as it is, or if a plant finds nothing to change (then the code has moved on, and it has to
# be written anew).
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/plant/common.sh

# name | file | sed expression
changes=(
  "slot|core/desk/src/floor/slots.rs|s/agent\\.load = agent\\.load\\.saturating_sub(weighed);//"
  "wake|core/engine/src/directory.rs|s/wakes\\.owe(outlet);/let _ = (outlet, wakes);/"
  "block|core/engine/src/engine/visits.rs|s/tenant\\.guard\\.admit(\\(.*\\))?;/let _ = tenant.guard.admit(\\1);/"
  "sequence|core/desk/src/window.rs|s/let place = self\\.last_place;/let place = self.last_place.min(3);/"
  "watch|core/desk/src/floor/duty.rs|s/self\\.watches\\.link_down(link, fx);//"
  "bot|core/desk/src/floor/bots.rs|s/fx\\.cross(Crossing::ToSession(session, SessionStep::Left(no)));//"
  "dormant|core/desk/src/floor/slots.rs|s/request\\.pace = Pace::Awake;//"
  "kept-room|core/desk/src/floor/saving.rs|s/savers\\.retain(.*);/savers.clear();/"
  "policy|core/desk/src/floor/succession.rs|s/policy\\.department_at(post\\.department)\\.existence == Existence::Present/true/"
)
choose "$@"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
mkdir -p "$CARGO_TARGET_DIR"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
copy="$CARGO_TARGET_DIR/planted"
log="$CARGO_TARGET_DIR/planted.log"
rm -rf "$copy"
mkdir -p "$copy"
copy_tree

# It is enough to know that it failed.
export FRONTDESK_MODEL_SHRINK_MS=1
build() {
  (cd "$copy" && cargo test --quiet --no-default-features --test model --no-run &&
    cargo test --quiet -p frontdesk-desk -p frontdesk-engine --lib --no-run) >"$log" 2>&1
}
suite() {
  : >"$log"
  local noticed=0
  (cd "$copy" && timeout 300 cargo test --quiet --no-fail-fast -p frontdesk-desk -p frontdesk-engine --lib) >>"$log" 2>&1 || noticed=1
  (cd "$copy" && timeout 300 cargo test --quiet --no-default-features --test model) >>"$log" 2>&1 || noticed=1
  return "$noticed"
}

try_each "$@"
