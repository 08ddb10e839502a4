//! Nobody starves: however many urgent ones come, an ordinary visitor's wait has a bound, which follows from the policy.
//!
//! A waiter is passed only by those who ask before it has waited for as long as their priority is worth. So before it are those who
//! were before it when it asked, and those urgent ones who come within that time; with so many slots, each taken for so long, it has
//! its turn when those have had theirs. More urgent ones than all slots can serve come here, for ever: by a static priority an
//! ordinary one would never be served.

use std::collections::HashMap;

use super::*;
use strategy::Strategy as Share;

/// How long each session takes its slot.
const HELD_MS: u64 = 1_000;
/// How often an ordinary visitor asks.
const ORDINARY_EVERY_MS: u64 = 1_700;
const LASTS_MS: u64 = 120_000;

/// What is known of an ordinary visitor when it asks, and then when it is served.
struct Ordinary {
    asked_ms: u64,
    bound_ms: u64,
    served_ms: Option<u64>,
}

struct Flood {
    world: World,
    /// Until when each session takes its slot.
    held: Vec<(u64, SessionId)>,
    ordinary: HashMap<SessionId, Ordinary>,
    urgent_served_after: u32,
}

impl Flood {
    fn of(agents: u32, share: Share) -> Self {
        let mut world = World::with(|draft| {
            draft.departments[0].waiting_max = 100_000;
            draft.departments[0].strategy = share;
        });
        for slot in 1..=agents {
            world.online(&format!("a{slot}"), slot, &["sales"], 1);
        }
        Self { world, held: Vec::new(), ordinary: HashMap::new(), urgent_served_after: 0 }
    }

    /// Notes who has got a slot since the last look.
    fn look(&mut self) {
        let ms = self.world.ms;
        for crossing in std::mem::take(&mut self.world.fx).crossings {
            let Crossing::ToSession(session, SessionStep::Assigned(_)) = crossing else { continue };
            self.held.push((ms + HELD_MS, session));
            match self.ordinary.get_mut(&session) {
                Some(ordinary) => ordinary.served_ms = Some(ms),
                None => self.urgent_served_after += u32::from(!self.ordinary.is_empty()),
            }
        }
    }

    /// Lets time pass; each session ends at its own instant.
    fn pass(&mut self, until_ms: u64) {
        while let Some(next) = self.held.iter().min().copied()
            && next.0 <= until_ms
        {
            self.held.retain(|held| *held != next);
            self.world.ms = next.0;
            self.world.step(FloorStep::Ended(next.1));
            self.look();
        }
        self.world.ms = until_ms;
    }

    fn ordinary_asks(&mut self, agents: u32, urgent_within_priority: u64) {
        let asked_ms = self.world.ms;
        let no = self.world.wish(SALES, |_| {});
        let before = self.world.place(no).map_or(0, |place| u64::from(place) - 1);
        // All before it take a slot, each slot is taken for a while, and all may have been taken just now.
        let turns = (before + urgent_within_priority) / u64::from(agents) + 1;
        let bound_ms = (turns + 1) * HELD_MS;
        let served_ms = None;
        let session = self.world.sessions[no];
        self.ordinary.insert(session, Ordinary { asked_ms, bound_ms, served_ms });
        self.look();
    }

    fn hold_to_bounds(&self) {
        for Ordinary { asked_ms, bound_ms, served_ms } in self.ordinary.values() {
            let waited_ms = served_ms.unwrap_or(self.world.ms) - asked_ms;
            assert!(waited_ms <= *bound_ms, "one waits for {waited_ms} of at most {bound_ms} ms");
        }
    }
}

/// So many agents, and urgent ones who come so often and count as so much older.
fn flood(agents: u32, share: Share, every_ms: u64, priority_ms: u64) -> Flood {
    let mut flood = Flood::of(agents, share);
    for ms in (0..LASTS_MS).step_by(every_ms as usize) {
        flood.pass(ms);
        flood.world.wish(SALES, |wish| wish.priority_ms = priority_ms);
        flood.look();
        if ms % ORDINARY_EVERY_MS < every_ms {
            flood.ordinary_asks(agents, priority_ms / every_ms + 1);
        }
        flood.hold_to_bounds();
    }
    flood.world.whole();
    flood
}

#[test]
fn under_a_flood_of_urgent_ones_each_ordinary_visitor_is_served_within_the_bound_of_the_policy() {
    for share in [Share::LeastLoaded, Share::RoundRobin, Share::FillFirst] {
        for (agents, every_ms, priority_ms) in [(1, 900, 10_000), (4, 200, 5_000), (10, 90, 20_000)]
        {
            let flood = flood(agents, share, every_ms, priority_ms);
            let served: Vec<u64> =
                flood.ordinary.values().filter_map(|one| one.served_ms).collect();
            assert!(served.len() >= 20, "{agents} agents served {} of them", served.len());
            assert!(flood.urgent_served_after > 60, "urgent ones do go first");
            // The priority is worth something: whoever asks in the flood waits for about as long.
            let waited =
                flood.ordinary.values().filter_map(|one| Some(one.served_ms? - one.asked_ms));
            assert!(waited.max() > Some(priority_ms / 2), "{agents} agents");
        }
    }
}
