//! What follows from a decision: deliveries to people, facts to keep, crossings to another noun.
//!
//! The three lists are in the order in which the desk decided. Whoever called carries them out before it lets go of the noun:
//! first the deliveries into mailboxes and the facts into the journal, then the crossings into inboxes.

use smallvec::SmallVec;

use crate::crossing::Crossing;
use crate::delivery::Delivery;
use crate::fact::Fact;
use crate::id::LinkId;

/// What follows from a decision.
#[derive(Debug, Default)]
pub struct Effects {
    /// Who is told what, in order.
    pub deliveries: SmallVec<[(LinkId, Delivery); 4]>,
    /// What is kept, in order.
    pub facts: SmallVec<[Fact; 1]>,
    /// What other nouns must do, in order.
    pub crossings: SmallVec<[Crossing; 2]>,
}

impl Effects {
    /// Nothing follows yet.
    pub fn new() -> Self {
        Self::default()
    }

    // Not inlined, these three: what they move is large, and a copy of the moving in each of a hundred places would push out of the
    // processor's cache what else a command runs through.
    #[inline(never)]
    pub(crate) fn tell(&mut self, link: LinkId, delivery: Delivery) {
        self.deliveries.push((link, delivery));
    }

    /// Tells each of `links` the same; the last one without a copy.
    pub(crate) fn tell_each<'a>(
        &mut self,
        links: impl IntoIterator<Item = &'a LinkId>,
        delivery: Delivery,
    ) {
        let mut links = links.into_iter().peekable();
        while let Some(link) = links.next() {
            if links.peek().is_none() {
                self.tell(*link, delivery);
                return;
            }
            self.tell(*link, delivery.clone());
        }
    }

    #[inline(never)]
    pub(crate) fn keep(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    #[inline(never)]
    pub(crate) fn cross(&mut self, crossing: Crossing) {
        self.crossings.push(crossing);
    }

    /// Whether nothing follows.
    pub fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.facts.is_empty() && self.crossings.is_empty()
    }
}
