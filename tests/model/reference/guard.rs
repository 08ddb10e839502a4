//! Whom a tenant shuts out: a plain list, looked through from its beginning.

use super::*;

/// Whom a block shuts out. Each name is seen in a network of its own, at an address for each reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Name(usize),
    Network(usize),
    Address(usize, usize),
}

impl Whom {
    fn is(self, name: usize, seen_at: &[usize]) -> bool {
        match self {
            Self::Name(whose) => whose == name,
            Self::Network(whose) => whose == name && !seen_at.is_empty(),
            Self::Address(whose, at) => whose == name && seen_at.contains(&at),
        }
    }
}

impl Reference {
    pub fn is_blocked(&self, tenant: usize, name: usize, at: usize) -> bool {
        self.tenants[tenant].blocks.iter().any(|(whom, _)| whom.is(name, &[at]))
    }
    pub fn seen_at(&mut self, tenant: usize, person: Person, at: usize) {
        self.visitor_mut(tenant, person).unwrap().seen_at.push(at);
    }
    pub fn block(&mut self, tenant: usize, whom: Whom, until: Option<u64>) -> u64 {
        let blocks = &mut self.tenants[tenant].blocks;
        blocks.retain(|(other, _)| *other != whom);
        blocks.push((whom, until));
        let visitors = &self.tenants[tenant].visitors;
        let Some(visitor) = visitors.iter().find(|there| whom.is(there.name, &there.seen_at))
        else {
            return 0;
        };
        let (person, links, session) = (visitor.person, visitor.links.clone(), visitor.session);
        self.end_invitation(tenant, person, InvitationOutcome::VisitorGone);
        if let Some(at) = session.and_then(|id| self.at(id)) {
            self.end(at, CloseCause::Blocked);
        }
        self.tenants[tenant].visitors.retain(|visitor| visitor.person != person);
        for link in links {
            if let Some(book) = self.links.get_mut(&link) {
                book.end = book.end.or(Some(LinkEnd::Blocked));
            }
        }
        1
    }
    pub fn unblock(&mut self, tenant: usize, whom: Whom) -> Result<(), Refusal> {
        let blocks = &mut self.tenants[tenant].blocks;
        let before = blocks.len();
        blocks.retain(|(other, _)| *other != whom);
        if blocks.len() < before { Ok(()) } else { Err(Refusal::BlockNotFound) }
    }
    pub(super) fn blocks_end(&mut self, tenant: usize) {
        let now_ms = self.now_ms;
        self.tenants[tenant].blocks.retain(|(_, until)| until.is_none_or(|until| until > now_ms));
    }
}
