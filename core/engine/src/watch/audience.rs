//! The links that are shown the same, and what they are told.
//!
//! Whoever joins is told the whole first, as all others know it by then; from then on every link is told the same news, made once.

use frontdesk_desk::delivery::Delivery;
use frontdesk_desk::id::LinkId;

/// What some links are to be told.
pub(crate) struct Told {
    pub(crate) delivery: Delivery,
    pub(crate) links: Vec<LinkId>,
}

/// The links that are shown the same.
#[derive(Default)]
pub(super) struct Audience {
    /// Links that know what is shown.
    knowing: Vec<LinkId>,
    /// Links that were told nothing yet.
    fresh: Vec<LinkId>,
}

impl Audience {
    /// A link begins to watch.
    pub(super) fn join(&mut self, link: LinkId) {
        self.fresh.push(link);
    }

    /// A link watches no more.
    pub(super) fn leave(&mut self, link: LinkId) {
        self.knowing.retain(|other| *other != link);
        self.fresh.retain(|other| *other != link);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.knowing.len() + self.fresh.len()
    }

    /// Tells what is new to those who know what was shown before.
    pub(super) fn tell(&self, news: impl FnOnce() -> Delivery) -> Option<Told> {
        let links = || self.knowing.clone();
        (!self.knowing.is_empty()).then(|| Told { delivery: news(), links: links() })
    }

    /// Tells the whole to those who were told nothing yet; they know it from then on.
    pub(super) fn welcome(&mut self, whole: impl FnOnce() -> Delivery) -> Option<Told> {
        if self.fresh.is_empty() {
            return None;
        }
        let links = std::mem::take(&mut self.fresh);
        self.knowing.extend(&links);
        Some(Told { delivery: whole(), links })
    }
}
