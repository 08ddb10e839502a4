//! One turn: a command or a tick, and all that follows from it in other nouns.
//!
//! A turn holds one noun's lock at a time. What a decision causes is carried out before that lock is released: deliveries go into
//! mailboxes, facts into the journal, crossings into the inboxes of other nouns, all leaf locks. Then the turn visits each place
//! where it has put something, and drains it. Whoever comes to a place first drains it, so a turn may find its step carried
//! out already; the place's lock makes it wait until that is done.
//!
//! **Going on.** Most often nobody is at the next place and nothing waits there. Then the turn takes that place's lock along before it
//! lets go of its own, and the step needs no inbox. It only *tries* that lock, so nobody ever waits for a place while holding one.
//! From a visitor's step nothing follows, so that is carried out there and then, and both locks are held for no longer than it takes.
//! The order stays that of the inbox: an earlier step of the same source was put, or carried along, under the source's lock, which
//! the turn holds while it looks; had it not been carried out yet, then the inbox would not be empty or the lock not free. Steps
//! of other sources, put in meanwhile, come after this one.

use frontdesk_desk::crossing::{Crossing, SessionStep, VisitorStep};
use frontdesk_desk::effects::Effects;
use frontdesk_desk::fact::Event;
use frontdesk_desk::id::{SessionId, TenantNo, VisitorRef};
use frontdesk_desk::session::Session;
use frontdesk_desk::time::Now;
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::journal::Position;
use crate::outlet::Wakes;
use crate::present::Counted;
use crate::sessions::{Became, SessionRecords};
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
    Rooms(u32),
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
    /// The next place, held already; the step for it is the one crossing in `fx`.
    ahead: Option<Ahead<'e>>,
}

/// A place that a turn holds before it has let go of the one before.
enum Ahead<'e> {
    Sessions(u32, MutexGuard<'e, SessionRecords>),
    Floor(&'e Tenant, MutexGuard<'e, FloorBooks>),
}

/// What the holder of a lock does after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It may decide more under the same lock.
    Stay,
    /// It lets go of the lock and settles.
    Go,
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
            ahead: None,
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
        self.carry_out_then(Then::Stay);
    }

    /// The same, for the last decision under a lock: the caller lets go of it and [settles](Turn::settle), and does nothing between.
    pub(crate) fn carry_out_and_go(&mut self) {
        self.carry_out_then(Then::Go);
    }

    fn carry_out_then(&mut self, then: Then) {
        // Most decisions cause something of one or two of these kinds, and to find a list empty is cheaper than to walk it.
        if !self.fx.deliveries.is_empty() {
            self.deliver();
        }
        if !self.fx.facts.is_empty() {
            self.keep();
        }
        if !self.fx.crossings.is_empty() {
            self.cross(then);
        }
    }

    fn deliver(&mut self) {
        let engine = self.engine;
        for (link, delivery) in self.fx.deliveries.drain(..) {
            let _ = engine.directory.push(link, delivery, &mut self.wakes);
        }
    }

    fn keep(&mut self) {
        let engine = self.engine;
        for fact in self.fx.facts.drain(..) {
            if let Event::Said { .. } = fact.event
                && let Some(tenant) = engine.tenants.at(fact.tenant)
            {
                tenant.messages.fetch_add(1, Ordering::Relaxed);
            }
            self.kept_at = Some(engine.journal.append(fact));
        }
    }

    fn cross(&mut self, then: Then) {
        self.step_visitor();
        let goes_along = then == Then::Go && self.ahead.is_none();
        // The last one goes along only if none of the others waits where it goes.
        let steps = self.fx.crossings.len();
        self.put_steps(if goes_along { steps.saturating_sub(1) } else { steps });
        if let Some(last) = self.fx.crossings.first() {
            self.ahead = take_along(self.engine, last);
            if self.ahead.is_none() {
                self.put_steps(1);
            }
        }
    }

    /// Carries out the last step if it is a visitor's, the only one, and at its place nobody is and nothing waits.
    fn step_visitor(&mut self) {
        let engine = self.engine;
        let Some((Crossing::ToVisitor(visitor, _), others)) = self.fx.crossings.split_last() else {
            return;
        };
        if others.iter().any(|other| matches!(other, Crossing::ToVisitor(..))) {
            return;
        }
        let shard = engine.visitors.shard(visitor.shard);
        if let Some(mut records) = shard.try_lock()
            && shard.inbox.is_empty()
            && let Some(Crossing::ToVisitor(visitor, step)) = self.fx.crossings.pop()
        {
            self.visitor_step(&mut records, visitor, step);
        }
    }

    /// Puts the first steps into the inboxes of their places, which are visited later.
    fn put_steps(&mut self, steps: usize) {
        if steps == 0 {
            return;
        }
        let engine = self.engine;
        for crossing in self.fx.crossings.drain(..steps) {
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
                Crossing::ToRoom(room, step) => {
                    let no = engine.rooms.place(room);
                    engine.rooms.shard(no).inbox.put((room, step));
                    Place::Rooms(no)
                }
            };
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
    }

    /// Visits all places where something was put, until nothing is left. Under no lock.
    pub(crate) fn settle(&mut self) {
        self.go_on();
        while let Some(place) = self.places.pop() {
            self.visit(place);
            self.go_on();
        }
    }

    fn visit(&mut self, place: Place) {
        match place {
            Place::Visitors(no) if self.engine.visitors.shard(no).inbox.is_empty() => {}
            Place::Sessions(no) if self.engine.sessions.shard(no).inbox.is_empty() => {}
            Place::Visitors(no) => drop(self.visitors(no)),
            Place::Rooms(no) => self.visit_rooms(no),
            Place::Sessions(no) => {
                let mut records = self.engine.sessions.shard(no).lock();
                self.drain_sessions_then(no, &mut records, Then::Go);
            }
            Place::Floor(tenant) => {
                if let Some(tenant) = self.engine.tenants.at(tenant)
                    && !tenant.inbox.is_empty()
                {
                    let mut books = tenant.lock_floor();
                    self.drain_floor_then(tenant, &mut books, Then::Go);
                }
            }
        }
    }

    /// Goes on while the next place was taken along. Under no other lock.
    pub(crate) fn go_on(&mut self) {
        while let Some(ahead) = self.ahead.take() {
            self.arrive_at(ahead);
        }
    }

    /// Carries out the step that was taken along, and then whatever has been put in since.
    fn arrive_at(&mut self, ahead: Ahead<'e>) {
        let crossing = self.fx.crossings.pop();
        debug_assert!(crossing.is_some() && self.fx.is_empty(), "one step goes along");
        match (ahead, crossing) {
            (Ahead::Sessions(no, mut records), Some(Crossing::ToSession(session, step))) => {
                let is_last = self.engine.sessions.shard(no).inbox.is_empty();
                self.session_step(no, &mut records, session, step);
                self.carry_out_then(if is_last { Then::Go } else { Then::Stay });
                if !is_last {
                    self.drain_sessions_then(no, &mut records, Then::Go);
                }
            }
            (Ahead::Floor(tenant, mut books), Some(Crossing::ToFloor(_, step))) => {
                let is_last = tenant.inbox.is_empty();
                books.floor.step(step, self.now, &mut self.fx);
                self.carry_out_then(if is_last { Then::Go } else { Then::Stay });
                if is_last {
                    tenant.note(&mut books);
                } else {
                    self.drain_floor_then(tenant, &mut books, Then::Go);
                }
            }
            _ => debug_assert!(false, "a step went along to another place"),
        }
    }

    /// Locks a visitors' shard, with its inbox drained.
    pub(crate) fn visitors(&mut self, no: u32) -> MutexGuard<'e, VisitorRecords> {
        self.go_on();
        let mut records = self.engine.visitors.shard(no).lock();
        self.drain_visitors(no, &mut records);
        records
    }

    /// Locks a sessions' shard, with its inbox drained.
    pub(crate) fn sessions(&mut self, no: u32) -> MutexGuard<'e, SessionRecords> {
        self.go_on();
        let mut records = self.engine.sessions.shard(no).lock();
        self.drain_sessions(no, &mut records);
        records
    }

    /// Locks a tenant's floor, with its inbox drained.
    pub(crate) fn floor(&mut self, tenant: &'e Tenant) -> MutexGuard<'e, FloorBooks> {
        self.go_on();
        let mut books = tenant.lock_floor();
        self.drain_floor(tenant, &mut books);
        books
    }

    pub(crate) fn drain_visitors(&mut self, no: u32, records: &mut VisitorRecords) {
        self.engine.visitors.shard(no).inbox.take_all(&mut records.steps);
        while let Some((visitor, step)) = records.steps.pop_front() {
            self.visitor_step(records, visitor, step);
        }
    }

    pub(crate) fn drain_sessions(&mut self, no: u32, records: &mut SessionRecords) {
        self.drain_sessions_then(no, records, Then::Stay);
    }

    fn drain_sessions_then(&mut self, no: u32, records: &mut SessionRecords, then: Then) {
        self.engine.sessions.shard(no).inbox.take_all(&mut records.steps);
        while let Some((session, step)) = records.steps.pop_front() {
            self.session_step(no, records, session, step);
            self.carry_out_then(if records.steps.is_empty() { then } else { Then::Stay });
        }
    }

    pub(crate) fn drain_floor(&mut self, tenant: &Tenant, books: &mut FloorBooks) {
        self.drain_floor_then(tenant, books, Then::Stay);
    }

    fn drain_floor_then(&mut self, tenant: &Tenant, books: &mut FloorBooks, then: Then) {
        if tenant.inbox.is_empty() {
            return;
        }
        tenant.inbox.take_all(&mut books.steps);
        while let Some(step) = books.steps.pop_front() {
            books.floor.step(step, self.now, &mut self.fx);
            self.carry_out_then(if books.steps.is_empty() { then } else { Then::Stay });
        }
        tenant.note(books);
    }

    fn visitor_step(&self, records: &mut VisitorRecords, visitor: VisitorRef, step: VisitorStep) {
        if let VisitorStep::SessionEnded { last: Some(last), .. } = &step {
            let (hash, _) = self.engine.visitors.place(last.tenant, &last.visitor);
            records.earlier.talked(hash, last.agent);
        }
        let Some(there) = records.get_mut(visitor) else { return };
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

    fn session_step(
        &mut self,
        no: u32,
        records: &mut SessionRecords,
        id: SessionId,
        step: SessionStep,
    ) {
        if let SessionStep::Open(request, links) = step {
            records.insert(Session::open(id, request, &links, &mut self.fx));
            if let Some(((), became)) = records.decide(id, |_| ()) {
                self.note(no, records, id, became);
            }
            return;
        }
        // A session that ended long ago is forgotten; nothing is owed to it.
        let (now, fx) = (self.now, &mut self.fx);
        if let Some(((), became)) = records.decide(id, |session| session.step(step, now, fx)) {
            self.note(no, records, id, became);
        }
    }

    /// Notes what became of a session that has decided something.
    pub(crate) fn note(
        &self,
        no: u32,
        records: &mut SessionRecords,
        id: SessionId,
        became: Became,
    ) {
        if became.closed {
            records.linger(id, self.now.mono_ms);
        }
        if became.closed || became.due_sooner {
            self.engine.sessions.shard(no).note_due(records);
        }
    }
}

/// Takes the lock of the place where a step goes, if nobody is there and nothing waits there. The caller holds the lock under
/// which the step was decided.
fn take_along<'e>(engine: &'e Engine, crossing: &Crossing) -> Option<Ahead<'e>> {
    match crossing {
        Crossing::ToVisitor(..) | Crossing::ToRoom(..) => None,
        Crossing::ToSession(session, _) => {
            let no = engine.sessions.place(*session);
            let shard = engine.sessions.shard(no);
            let records = shard.try_lock()?;
            shard.inbox.is_empty().then_some(Ahead::Sessions(no, records))
        }
        Crossing::ToFloor(tenant, _) => {
            let tenant = engine.tenants.at(*tenant)?;
            let books = tenant.try_lock_floor()?;
            tenant.inbox.is_empty().then_some(Ahead::Floor(tenant, books))
        }
    }
}
