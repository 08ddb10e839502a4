//! What happens because time passes: graces end, sessions fall dormant, closed ones go, blocks are over, offers and notes end, places and
//! windows are told.

use frontdesk_desk::time::Now;

use super::Engine;
use crate::tenants::Tenant;
use crate::turn::Turn;

/// Visitors or sessions of one part looked at under one hold of its lock.
const EXPIRED_MAX: usize = 256;
/// How long a waiter's told place stands still.
const POSITION_PERIOD_MS: u64 = 1_000;

impl Engine {
    /// Lets time pass. Call it about ten times a second, from one thread; what is due between two calls happens at the later one.
    pub fn tick(&self, now: Now) {
        for shard in 0..self.visitors.shards() {
            while self.visitors.shard(shard).is_due(now.mono_ms) {
                let mut turn = Turn::new(self, now);
                turn.expire_visitors(shard, EXPIRED_MAX);
                turn.settle();
            }
        }
        for shard in 0..self.sessions.shards() {
            while self.sessions.shard(shard).is_due(now.mono_ms) {
                let mut turn = Turn::new(self, now);
                turn.expire_sessions(shard, EXPIRED_MAX);
                turn.settle();
            }
        }
        for shard in 0..self.rooms.shards() {
            while self.rooms.shard(shard).is_due(now.mono_ms) {
                let mut turn = Turn::new(self, now);
                turn.expire_rooms(shard);
                turn.settle();
            }
        }
        for tenant in self.tenants.iter() {
            tenant.guard.expire(now);
            while tenant.is_due(now.mono_ms) {
                let mut turn = Turn::new(self, now);
                turn.expire_floor(tenant);
                turn.settle();
            }
            let mut turn = Turn::new(self, now);
            turn.tell_positions(tenant);
            turn.draw_people(tenant);
            turn.tell_receptions(tenant);
            turn.settle();
        }
        // After all that may have changed visitors.
        let mut turn = Turn::new(self, now);
        turn.look_at_changes();
        turn.walk();
        turn.settle();
        for tenant in self.tenants.iter() {
            let mut turn = Turn::new(self, now);
            turn.draw_due(tenant);
            turn.draw_floor_due(tenant);
            turn.settle();
        }
    }
}

impl<'e> Turn<'e> {
    /// Throws out closed sessions whose time is over, and looks at open ones that may have something due, at most so many.
    fn expire_sessions(&mut self, shard: u32, sessions_max: usize) {
        let now = self.now;
        let mut records = self.sessions(shard);
        records.expire(now.mono_ms);
        for id in records.take_due(now.mono_ms, sessions_max) {
            // One in which was spoken meanwhile is due later.
            let fx = &mut self.fx;
            if let Some(((), became)) = records.decide(id, |session| session.expire(now, fx)) {
                self.note(shard, &mut records, id, became);
            }
            self.carry_out();
        }
        self.engine.sessions.shard(shard).note_due(&records);
    }

    fn expire_floor(&mut self, tenant: &'e Tenant) {
        let now = self.now;
        let mut books = self.floor(tenant);
        books.floor.expire(now, &mut self.fx);
        self.carry_out();
        tenant.note(&mut books);
    }

    fn draw_people(&mut self, tenant: &'e Tenant) {
        let board = tenant.rules().board.clone();
        if board.is_due(self.now.mono_ms) {
            board.draw_people(&self.floor(tenant).floor, self.now.mono_ms);
        }
    }

    fn tell_positions(&mut self, tenant: &'e Tenant) {
        let now = self.now;
        let mut books = self.floor(tenant);
        let period_over = now.mono_ms >= books.told_mono_ms.saturating_add(POSITION_PERIOD_MS);
        if period_over && books.floor.has_untold() {
            books.told_mono_ms = now.mono_ms;
            books.floor.tell_positions(&mut self.fx);
            self.carry_out();
        }
    }
}
