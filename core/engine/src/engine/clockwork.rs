//! What happens because time passes: graces end, closed sessions go, blocks are over, places and windows are told.

use frontdesk_desk::time::Now;

use super::Engine;
use super::agents::Show;
use crate::tenants::Tenant;
use crate::turn::Turn;

/// Visitors of one part looked at under one hold of its lock.
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
        for shard in self.sessions.iter().filter(|shard| shard.is_due(now.mono_ms)) {
            let mut records = shard.lock();
            records.expire(now.mono_ms);
            shard.note_due(&records);
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
            turn.settle();
            if let Some(drawing) = tenant.watch.draw_due(now.mono_ms) {
                turn.draw(tenant, &drawing, Show::News);
                turn.settle();
            }
        }
    }
}

impl<'e> Turn<'e> {
    fn expire_floor(&mut self, tenant: &'e Tenant) {
        let now = self.now;
        let mut books = self.floor(tenant);
        books.floor.expire(now, &mut self.fx);
        self.carry_out();
        tenant.note(&mut books);
    }

    fn draw_people(&mut self, tenant: &'e Tenant) {
        let board = tenant.rules().board;
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
