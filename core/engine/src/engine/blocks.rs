//! Blocking: who may not be here is not here any more when the answer comes.
//!
//! The decision is made under the floor's lock, which orders the facts; then those who are here are looked for, one shard's lock at
//! a time and never long under one. See [`crate::guard`] for why nobody slips through.

use std::sync::Arc;

use frontdesk_desk::block::{Network, Target, Terms};
use frontdesk_desk::fact::{Event, Fact};
use frontdesk_desk::id::{LinkId, VisitorId, VisitorRef};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::Afterwards;
use smallvec::SmallVec;

use crate::command::{Link, Reply};
use crate::mailbox::LinkEnd;
use crate::present::Counted;
use crate::tenants::Tenant;
use crate::turn::Turn;
use crate::visitors::VisitorRecords;

/// What is done under one hold of a shard's lock, in slots passed by: some tens of microseconds.
const EFFORT_MAX: u32 = 32_768;
/// What it costs to look at a record, which is seldom in a cache.
const LOOK_EFFORT: u32 = 256;
/// What it costs to send a visitor away.
const GONE_EFFORT: u32 = 1_024;
/// Most blocks of one page.
const PAGE_BLOCKS_MAX: u16 = 100;

/// The links of those who were shut out: they are ended when their sessions have told them so.
type Orphans = SmallVec<[LinkId; 4]>;

/// Where a search of a shard goes on.
enum Search {
    From(u32),
    Over,
}

impl<'e> Turn<'e> {
    pub(super) fn block(
        &mut self,
        link: Link,
        target: Target,
        for_ms: Option<u64>,
        reason: Arc<str>,
    ) -> Result<Reply, Refusal> {
        let tenant = self.tenant(link.tenant)?;
        let (now, wanted) = (self.now, target.clone());
        let (until_wall_ms, search) = self.on_floor(link, |books, agent, tenant, fx| {
            let by = books.floor.agent(agent).id().clone();
            let terms = Terms { by: by.clone(), reason: reason.clone(), for_ms };
            let (until_wall_ms, search) = tenant.guard.block(target.clone(), terms, now)?;
            let event = Event::Blocked { target, by, reason, until_wall_ms };
            fx.facts.push(Fact { tenant: tenant.no, wall_ms: now.wall_ms, event });
            Ok((until_wall_ms, search))
        })?;
        let visitors = match &wanted {
            Target::Visitor(visitor) => self.clear_one(tenant, visitor),
            Target::Network(network) => self.clear_network(tenant, *network),
        };
        drop(search);
        Ok(Reply::Blocked { visitors, until_wall_ms })
    }

    pub(super) fn unblock(&mut self, link: Link, target: &Target) -> Result<Reply, Refusal> {
        let now = self.now;
        self.on_floor(link, |books, agent, tenant, fx| {
            tenant.guard.unblock(target, now)?;
            let by = books.floor.agent(agent).id().clone();
            let event = Event::Unblocked { target: target.clone(), by };
            fx.facts.push(Fact { tenant: tenant.no, wall_ms: now.wall_ms, event });
            Ok(Reply::Done)
        })
    }

    pub(super) fn read_blocks(
        &mut self,
        link: Link,
        after: Option<&Target>,
        blocks_max: u16,
    ) -> Result<Reply, Refusal> {
        let (_, tenant, books) = self.floor_of(link)?;
        drop(books);
        let blocks_max = usize::from(blocks_max.clamp(1, PAGE_BLOCKS_MAX));
        let page = tenant.guard.page(after, blocks_max, self.now);
        Ok(Reply::Blocks(Box::new(page)))
    }

    /// Sends one visitor away, if it is here.
    fn clear_one(&mut self, tenant: &'e Tenant, visitor: &VisitorId) -> u64 {
        let (hash, shard) = self.engine.visitors.place(tenant.no, visitor);
        let mut orphans = Orphans::new();
        let mut records = self.visitors(shard);
        let found = records.find(hash, tenant.no, visitor);
        if let Some(at) = found {
            self.shut_out(tenant, &mut records, at, &mut orphans);
        }
        drop(records);
        self.end_orphans(&orphans);
        u64::from(found.is_some())
    }

    /// Sends everybody away who was seen at an address of a network.
    fn clear_network(&mut self, tenant: &'e Tenant, network: Network) -> u64 {
        let mut gone = 0;
        for shard in 0..self.engine.visitors.shards() {
            let mut search = Search::From(0);
            while let Search::From(slot) = search {
                // A turn each, so that those who are told of it don't wait for the end of the search.
                let mut turn = Turn::new(self.engine, self.now);
                let mut orphans = Orphans::new();
                search = turn.clear_slots(tenant, network, shard, slot, &mut orphans, &mut gone);
                turn.end_orphans(&orphans);
                self.keeps(turn.kept_at());
            }
        }
        gone
    }

    /// Looks at some slots of a shard. A slot that was passed by may get somebody else meanwhile, who was admitted then.
    fn clear_slots(
        &mut self,
        tenant: &'e Tenant,
        network: Network,
        shard: u32,
        first: u32,
        orphans: &mut Orphans,
        gone: &mut u64,
    ) -> Search {
        let mut records = self.visitors(shard);
        let (mut slot, mut effort) = (first, 0);
        while let Some(glimpse) = records.glimpses().get(slot as usize) {
            if effort >= EFFORT_MAX {
                return Search::From(slot);
            }
            effort += 1;
            if network.may_hold(*glimpse) {
                effort += LOOK_EFFORT;
                if let Some(at) = seen_in(&records, tenant, network, slot) {
                    effort += GONE_EFFORT;
                    self.shut_out(tenant, &mut records, at, orphans);
                    *gone += 1;
                }
            }
            slot += 1;
        }
        Search::Over
    }

    /// Under the visitor's lock: its record goes, and its session is told to end.
    fn shut_out(
        &mut self,
        tenant: &Tenant,
        records: &mut VisitorRecords,
        at: VisitorRef,
        orphans: &mut Orphans,
    ) {
        let Some(visitor) = records.get_mut(at) else { return };
        let before = Counted::of(visitor);
        orphans.extend(visitor.shut_out(self.now, &mut self.fx));
        self.afterwards(tenant, records, at, before, Afterwards::Gone);
        self.carry_out();
    }

    /// Under no lock: first the sessions tell the links that they are over, then the links end.
    fn end_orphans(&mut self, orphans: &Orphans) {
        self.settle();
        for link in orphans {
            // Gone already is as good.
            let _ = self.engine.directory.end(*link, LinkEnd::Blocked, &mut self.wakes);
        }
    }
}

/// The visitor in a slot, if it is the tenant's and was seen at an address of the network.
fn seen_in(
    records: &VisitorRecords,
    tenant: &Tenant,
    network: Network,
    slot: u32,
) -> Option<VisitorRef> {
    let (at, visitor) = records.in_slot(slot)?;
    let is_meant =
        visitor.tenant() == tenant.no && visitor.addresses().any(|address| network.holds(address));
    is_meant.then_some(at)
}
