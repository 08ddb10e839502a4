//! Lists of visitors as agents watch them: begun by a command, kept right by the tick.

use std::collections::HashMap;
use std::sync::Arc;

use frontdesk_desk::delivery::VisitorRow;
use frontdesk_desk::id::{TenantNo, VisitorRef};
use frontdesk_desk::list::ListQuery;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::visitor::Note;
use smallvec::SmallVec;

use super::Engine;
use crate::changes::Taken;
use crate::command::{Link, Reply};
use crate::tenants::Tenant;
use crate::turn::Turn;
use crate::visitors::VisitorRecords;
use crate::watch::{Draft, ROWS_MAX, Spot, ToFill, Told, Watching};

/// Visitors looked at under one hold of a shard's lock.
const LOOKED_AT_MAX: u32 = 256;
/// What a shard costs in which nobody is met.
const SHARD_COST: u64 = 8;

/// Where the walk goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WalkPlace {
    shard: u32,
    slot: u32,
}

impl Engine {
    /// What is counted of a tenant's watches; all zero for a tenant that isn't there.
    pub fn watching(&self, tenant: TenantNo) -> Watching {
        self.tenants.at(tenant).map_or(Watching::default(), |tenant| {
            let receptions = tenant.icons.books().followers() as u64;
            Watching { receptions, ..tenant.watch.watching() }
        })
    }
}

impl<'e> Turn<'e> {
    pub(super) fn watch_visitors(
        &mut self,
        link: Link,
        query: &ListQuery,
        rows: u16,
    ) -> Result<Reply, Refusal> {
        // Under the floor's lock, as the end is: a link that is gone would watch for ever.
        let (_, tenant, books) = self.floor_of(link)?;
        let policy = books.floor.policy();
        tenant.watch.begin(link.id, query, rows.clamp(1, ROWS_MAX), policy)?;
        drop(books);
        self.draw_first(tenant, link);
        Ok(Reply::Watching)
    }

    pub(super) fn unwatch(&mut self, link: Link) -> Result<Reply, Refusal> {
        let (_, tenant, books) = self.floor_of(link)?;
        tenant.watch.end(link.id);
        drop(books);
        Ok(Reply::Done)
    }

    /// Tells a link that begins to watch what its window shows, as far as that can be had at once.
    fn draw_first(&mut self, tenant: &'e Tenant, link: Link) {
        let drawing = tenant.watch.drawing();
        let to_fill = tenant.watch.books().to_fill(link.id);
        if let Some((fill, spots)) = to_fill {
            self.fill(tenant, &fill, &spots);
        }
        let mut books = tenant.watch.books();
        let draft = books.undrawn(link.id, self.now.mono_ms);
        let told = match draft {
            Some(_) => None,
            None => books.catch_up(link.id, tenant.present.total()),
        };
        drop(books);
        self.tell(told);
        self.draw(tenant, draft);
        drop(drawing);
    }

    /// Looks through the roster for a view that is new. By who has the right to draw.
    fn fill(&mut self, tenant: &'e Tenant, fill: &ToFill, spots: &[Spot]) {
        for spots in spots.chunk_by(|one, other| one.shard() == other.shard()) {
            for spots in spots.chunks(LOOKED_AT_MAX as usize) {
                let records = self.visitors(spots[0].shard());
                let mut books = tenant.watch.books();
                for spot in spots {
                    if let Some((at, visitor)) = records.in_slot(spot.slot())
                        && visitor.tenant() == tenant.no
                    {
                        books.fill(fill, at, visitor);
                    }
                }
            }
        }
        let mut books = tenant.watch.books();
        books.filled(fill);
        books.ask_for_walks(self.now.mono_ms);
        tenant.watch.note(&books);
    }

    /// Something of a visitor has changed that a list may show. Under its shard's lock.
    pub(crate) fn changed(&self, tenant: &Tenant, records: &mut VisitorRecords, at: VisitorRef) {
        if tenant.watch.is_watched() {
            records.note_change(at);
            self.engine.visitors.shard(at.shard).note_changes(records);
        }
    }

    /// A visitor is gone, its record too. Under its shard's lock.
    pub(super) fn gone(&self, tenant: &Tenant, records: &mut VisitorRecords, at: VisitorRef) {
        tenant.watch.left(at, || tenant.present.total());
        if tenant.watch.is_watched() {
            records.note_gone(tenant.no, at);
            self.engine.visitors.shard(at.shard).note_changes(records);
        }
    }

    /// Looks at visitors who have changed, of all tenants.
    pub(super) fn look_at_changes(&mut self) {
        let shards = (0..self.engine.visitors.shards())
            .filter(|no| self.engine.visitors.shard(*no).has_changes());
        for no in shards {
            let mut records = self.visitors(no);
            // Those that come meanwhile are for the next tick.
            let mut left = records.changes();
            while left > 0 {
                self.look_at_some(no, &mut records);
                left = left.saturating_sub(LOOKED_AT_MAX as usize).min(records.changes());
                if left > 0 {
                    drop(records);
                    records = self.visitors(no);
                }
            }
        }
    }

    /// Looks at some of a shard's visitors who have changed.
    pub(super) fn look_at_some(&self, shard: u32, records: &mut VisitorRecords) {
        match records.take_changes(LOOKED_AT_MAX as usize) {
            Taken::Singly(changes) => {
                for (tenant, slot) in changes {
                    if let Some(tenant) = self.engine.tenants.at(tenant) {
                        look(tenant, shard, slot, records);
                    }
                }
            }
            Taken::All(slots) => {
                for tenant in self.engine.tenants.iter().filter(|tenant| tenant.watch.is_watched())
                {
                    slots.clone().for_each(|slot| look(tenant, shard, slot, records));
                }
                // A tenant that isn't watched has nobody to look, and wants its notes taken away all the same.
                slots.for_each(|slot| records.clear_note(slot));
            }
        }
        self.engine.visitors.shard(shard).note_changes(records);
    }

    /// Walks over visitors for the views that want it, so many in one tick.
    pub(super) fn walk(&mut self) {
        let engine = self.engine;
        let walking = engine.tenants.iter().filter(|tenant| tenant.watch.is_walking());
        let walking: SmallVec<[&Tenant; 8]> = walking.collect();
        if walking.is_empty() {
            return;
        }
        let mut place = *engine.walk.lock();
        let mut spent = 0;
        while spent < engine.config.lists.walked_max
            && walking.iter().any(|tenant| tenant.watch.is_walking())
        {
            spent += self.walk_on(&walking, &mut place);
        }
        *engine.walk.lock() = place;
    }

    /// One slice of the walk. Says what it cost.
    fn walk_on(&mut self, walking: &[&Tenant], place: &mut WalkPlace) -> u64 {
        let shards = self.engine.visitors.shards();
        if place.slot == 0 {
            for tenant in walking {
                tenant.watch.books().enter_shard(shards);
            }
        }
        let records = self.visitors(place.shard);
        let end = records.slots().min(place.slot.saturating_add(LOOKED_AT_MAX));
        let mut spent = SHARD_COST + u64::from(end - place.slot);
        for tenant in walking {
            let mut books = tenant.watch.books();
            let judges = books.judges() as u64;
            if judges == 0 {
                continue;
            }
            for (at, visitor) in (place.slot..end).filter_map(|slot| records.in_slot(slot)) {
                if visitor.tenant() == tenant.no {
                    books.met(at, visitor);
                    spent += judges;
                }
            }
        }
        let is_through = end == records.slots();
        drop(records);
        if !is_through {
            place.slot = end;
            return spent;
        }
        for tenant in walking {
            let mut books = tenant.watch.books();
            books.leave_shard(self.now.mono_ms);
            tenant.watch.note(&books);
        }
        *place = WalkPlace { shard: (place.shard + 1) % shards, slot: 0 };
        spent
    }

    /// Draws what is due of a tenant's windows.
    pub(super) fn draw_due(&mut self, tenant: &'e Tenant) {
        if !tenant.watch.is_watched() {
            return;
        }
        let drawing = tenant.watch.drawing();
        // Those that another policy has made, or whose link was faster than whoever began to watch for it.
        while let Some((fill, spots)) = next_to_fill(tenant) {
            self.fill(tenant, &fill, &spots);
        }
        let mut books = tenant.watch.books();
        books.ask_for_walks(self.now.mono_ms);
        let late = books.catch_up_all(tenant.present.total());
        let drafts = books.due(self.now.mono_ms);
        tenant.watch.note(&books);
        drop(books);
        self.tell(late);
        self.draw(tenant, drafts);
        drop(drawing);
    }

    /// Draws windows and tells what they show. Makes each row once, however many windows show it. By who has the right to draw.
    fn draw(&mut self, tenant: &'e Tenant, drafts: impl IntoIterator<Item = Draft>) {
        let mut rows: HashMap<VisitorRef, Arc<VisitorRow>> = HashMap::new();
        let policy = tenant.policy();
        for draft in drafts {
            let drawn = draft.draw(&mut |visitor, filter| {
                let records = self.visitors(visitor.shard);
                let there = records.get(visitor).filter(|there| filter.shows(there))?;
                let row = rows.entry(visitor);
                Some(row.or_insert_with(|| Arc::new(there.row(&policy))).clone())
            });
            let told = tenant.watch.books().show(drawn, tenant.present.total());
            self.tell(told);
        }
    }

    /// Tells what was drawn. By who has the right to draw.
    pub(super) fn tell(&mut self, told: impl IntoIterator<Item = Told>) {
        for Told { delivery, links } in told {
            for link in links {
                let _ = self.engine.directory.push(link, delivery.clone(), &mut self.wakes);
            }
        }
    }
}

fn next_to_fill(tenant: &Tenant) -> Option<(ToFill, Vec<Spot>)> {
    tenant.watch.books().next_to_fill()
}

/// Sets right what a tenant's views hold of whoever lies in a slot, or lay there.
fn look(tenant: &Tenant, shard: u32, slot: u32, records: &mut VisitorRecords) {
    let there = records.in_slot(slot).filter(|(_, visitor)| visitor.tenant() == tenant.no);
    let at = there.as_ref().map(|(at, _)| *at);
    tenant.watch.books().look(Spot::new(shard, slot), there);
    if let Some(visitor) = at.and_then(|at| records.get_mut(at)) {
        visitor.clear(Note::Change);
    }
}
