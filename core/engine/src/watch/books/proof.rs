//! Proof that the books are right, for [`Engine::verify`](crate::Engine::verify).

use std::collections::HashMap;

use foldhash::fast::FixedState;
use frontdesk_desk::id::VisitorRef;
use frontdesk_desk::visitor::Visitor;

use super::super::view::{Place, Spot};
use super::{Books, Holders};

impl Books {
    /// What is wrong with the views and the roster, where these are all visitors present and none is noted as changed.
    pub(crate) fn faults(&self, present: &[(VisitorRef, &Visitor)]) -> Vec<String> {
        let spots = present.iter().map(|(at, visitor)| (Spot::of(*at), visitor.arrived_wall_ms()));
        let mut faults = self.roster.faults(&spots.collect::<Vec<_>>());
        let mut holders: HashMap<Spot, Holders, FixedState> = HashMap::default();
        for (no, view) in (0..).zip(&self.views) {
            let Some(view) = view else { continue };
            let shown = present.iter().filter(|(_, visitor)| view.filter.shows(visitor));
            let mut shown: Vec<_> = shown
                .map(|(at, visitor)| {
                    (Place { rank: view.order.rank(visitor), spot: Spot::of(*at) }, *at)
                })
                .collect();
            shown.sort_unstable();
            let found = view.faults(&shown);
            faults.extend(found.into_iter().map(|fault| format!("view {no}: {fault}")));
            for held in view.held() {
                holders.entry(held.place.spot).or_default().push((no, held.place.rank));
            }
        }
        let sorted = |holders: &Holders| {
            let mut sorted = holders.clone();
            sorted.sort_unstable();
            sorted
        };
        let same = holders.len() == self.holders.len()
            && holders.iter().all(|(spot, there)| {
                self.holders.get(spot).is_some_and(|known| sorted(known) == sorted(there))
            });
        if !same {
            faults.push("it isn't known who is held in which view".to_owned());
        }
        faults
    }
}
