//! One turn: a command or a tick, and all that follows from it in other nouns.
//!
//! A turn holds one noun's lock at a time. What a decision causes is carried out before that lock is released: deliveries go into
//! mailboxes, facts into the journal, crossings into the inboxes of other nouns, all leaf locks. Then the turn visits each place
//! where it has put something, and drains it. Whoever comes to a place first drains it, so a turn may find its step carried
//! out already; the place's lock makes it wait until that is done.

use std::collections::VecDeque;

use frontdesk_desk::crossing::{Crossing, SessionStep, VisitorStep};
use frontdesk_desk::effects::Effects;
use frontdesk_desk::fact::Event;
use frontdesk_desk::id::TenantNo;
use frontdesk_desk::session::Session;
use frontdesk_desk::time::Now;
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::journal::Position;
use crate::outlet::Wakes;
use crate::present::Counted;
use crate::sessions::SessionRecords;
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering;
use crate::tenants::{FloorBooks, Tenant};
use crate::visitors::VisitorRecords;

/// A place with an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Visitors(u32),
    Sessions(u32),
    Floor(TenantNo),
}

/// One turn. Its wakes are fired when it is dropped, after all locks.
pub(crate) struct Turn<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) now: Now,
    /// What the current decision causes; empty between decisions.
    pub(crate) fx: Effects,
    pub(crate) wakes: Wakes,
    kept_at: Option<Position>,
    places: SmallVec<[Place; 8]>,
}

impl<'e> Turn<'e> {
    pub(crate) fn new(engine: &'e Engine, now: Now) -> Self {
        Self {
            engine,
            now,
            fx: Effects::new(),
            wakes: Wakes::new(),
            kept_at: None,
            places: SmallVec::new(),
        }
    }

    /// The last fact of this turn.
    pub(crate) fn kept_at(&self) -> Option<Position> {
        self.kept_at
    }

    /// What another turn keeps is kept by this one too.
    pub(crate) fn keeps(&mut self, position: Option<Position>) {
        self.kept_at = self.kept_at.max(position);
    }

    /// Carries out what a decision causes. Under the lock of the noun that decided.
    pub(crate) fn carry_out(&mut self) {
        let engine = self.engine;
        for (link, delivery) in self.fx.deliveries.drain(..) {
            let _ = engine.directory.push(link, delivery, &mut self.wakes);
        }
        for fact in self.fx.facts.drain(..) {
            if let Event::Said { .. } = fact.event
                && let Some(tenant) = engine.tenants.at(fact.tenant)
            {
                tenant.messages.fetch_add(1, Ordering::Relaxed);
            }
            self.kept_at = Some(engine.journal.append(fact));
        }
        for crossing in self.fx.crossings.drain(..) {
            let place = match crossing {
                Crossing::ToSession(session, step) => {
                    let no = engine.sessions.place(session);
                    engine.sessions.shard(no).inbox.put((session, step));
                    Place::Sessions(no)
                }
                Crossing::ToFloor(tenant, step) => {
                    let Some(floor) = engine.tenants.at(tenant) else { continue };
                    floor.inbox.put(step);
                    Place::Floor(tenant)
                }
                Crossing::ToVisitor(visitor, step) => {
                    engine.visitors.shard(visitor.shard).inbox.put((visitor, step));
                    Place::Visitors(visitor.shard)
                }
            };
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
    }

    /// Visits all places where something was put, until nothing is left. Under no lock.
    pub(crate) fn settle(&mut self) {
        while let Some(place) = self.places.pop() {
            match place {
                Place::Visitors(no) if self.engine.visitors.shard(no).inbox.is_empty() => {}
                Place::Sessions(no) if self.engine.sessions.shard(no).inbox.is_empty() => {}
                Place::Visitors(no) => drop(self.visitors(no)),
                Place::Sessions(no) => drop(self.sessions(no)),
                Place::Floor(tenant) => {
                    if let Some(tenant) = self.engine.tenants.at(tenant)
                        && !tenant.inbox.is_empty()
                    {
                        drop(self.floor(tenant));
                    }
                }
            }
        }
    }

    /// Locks a visitors' shard, with its inbox drained.
    pub(crate) fn visitors(&mut self, no: u32) -> MutexGuard<'e, VisitorRecords> {
        let mut records = self.engine.visitors.shard(no).lock();
        self.drain_visitors(no, &mut records);
        records
    }

    /// Locks a sessions' shard, with its inbox drained.
    pub(crate) fn sessions(&mut self, no: u32) -> MutexGuard<'e, SessionRecords> {
        let mut records = self.engine.sessions.shard(no).lock();
        self.drain_sessions(no, &mut records);
        records
    }

    /// Locks a tenant's floor, with its inbox drained.
    pub(crate) fn floor(&mut self, tenant: &'e Tenant) -> MutexGuard<'e, FloorBooks> {
        let mut books = tenant.lock_floor();
        self.drain_floor(tenant, &mut books);
        books
    }

    pub(crate) fn drain_visitors(&mut self, no: u32, records: &mut VisitorRecords) {
        if self.engine.visitors.shard(no).inbox.is_empty() {
            return;
        }
        let mut steps = take_steps(&mut records.steps);
        self.engine.visitors.shard(no).inbox.take_all(&mut steps);
        for (visitor, step) in steps.drain(..) {
            if let VisitorStep::SessionEnded { last: Some(last), .. } = &step {
                let (hash, _) = self.engine.visitors.place(last.tenant, &last.visitor);
                records.earlier.talked(hash, last.agent);
            }
            let Some(there) = records.get_mut(visitor) else { continue };
            let before = Counted::of(there);
            match step {
                VisitorStep::SessionMoved { session, department, stage } => {
                    there.session_moved(session, department, stage);
                }
                VisitorStep::SessionEnded { session, .. } => there.session_ended(session),
            }
            if let Some(tenant) = self.engine.tenants.at(there.tenant()) {
                tenant.present.moved(before, Counted::of(there));
                self.changed(tenant, records, visitor);
            }
        }
        records.steps = steps;
    }

    pub(crate) fn drain_sessions(&mut self, no: u32, records: &mut SessionRecords) {
        if self.engine.sessions.shard(no).inbox.is_empty() {
            return;
        }
        let mut steps = take_steps(&mut records.steps);
        self.engine.sessions.shard(no).inbox.take_all(&mut steps);
        for (id, step) in steps.drain(..) {
            match step {
                SessionStep::Open(request, links) => {
                    records.insert(Session::open(id, request, &links, &mut self.fx));
                }
                step => {
                    // A session that ended long ago is forgotten; nothing is owed to it.
                    let Some(session) = records.get_mut(id) else { continue };
                    let was_closed = session.is_closed();
                    session.step(step, self.now, &mut self.fx);
                    if session.is_closed() && !was_closed {
                        self.linger(no, records, id);
                    }
                }
            }
            self.carry_out();
        }
        records.steps = steps;
    }

    /// Notes that a session has closed.
    pub(crate) fn linger(
        &self,
        no: u32,
        records: &mut SessionRecords,
        id: frontdesk_desk::id::SessionId,
    ) {
        records.linger(id, self.now.mono_ms);
        self.engine.sessions.shard(no).note_due(records);
    }

    pub(crate) fn drain_floor(&mut self, tenant: &Tenant, books: &mut FloorBooks) {
        if tenant.inbox.is_empty() {
            return;
        }
        let mut steps = take_steps(&mut books.steps);
        tenant.inbox.take_all(&mut steps);
        for step in steps.drain(..) {
            books.floor.step(step, self.now, &mut self.fx);
            self.carry_out();
        }
        books.steps = steps;
        tenant.note(books);
    }
}

fn take_steps<T>(steps: &mut VecDeque<T>) -> VecDeque<T> {
    debug_assert!(steps.is_empty(), "a drain inside a drain");
    std::mem::take(steps)
}
