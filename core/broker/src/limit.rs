//! How many a second: buckets that refill, in integers, with the time as an argument.
//!
//! A bucket is one number: the instant at which it will be full again (the generic cell rate algorithm, ITU-T I.371). Taking
//! moves that instant on by one interval, and is refused if it would lie further ahead than the burst allows; then the answer is
//! when to come again. So a link's three buckets are 24 bytes and need no timer.
//!
//! What happens over the rate:
//!
//! * messages and other commands of a link: refused with RATE_LIMITED and `retry_after_ms`; nothing has happened then;
//! * previews of a link: with a request number refused likewise; without one, the newest is kept and shown when the bucket has
//!   refilled ([`crate::lane`]), because only the latest is worth anything;
//! * frames of a lane: the lane isn't read until its bucket has refilled. QUIC's flow control slows the sender down, nothing is
//!   lost, and a flood costs its sender and nobody else;
//! * lanes of a connection: no further one is taken until the bucket has refilled;
//! * attaches of a connection and of a tenant, blocks of networks, words to all and policies of a tenant: refused with RATE_LIMITED;
//! * hellos of a tenant: turned away with GoAway(RATE_LIMITED).

use std::sync::atomic::{AtomicU64, Ordering};

use frontdesk_desk::id::Person;
use frontdesk_desk::time::Now;
use frontdesk_proto::v1::{self, Code};

use crate::border::Refused;
use crate::token::Role;

/// An agent talks in many sessions through one link: so many times a visitor's rate.
const AGENT_FACTOR: u32 = 10;
/// Renewals of a connection's token: they come once in minutes.
const RENEWALS: Rate = Rate::new(1, 5);
/// Hellos of a tenant: after a restart its visitors are back within half a minute, and its neighbours' too.
const TENANT_HELLOS: Rate = Rate::new(2_000, 20_000);
/// Attaches of a tenant: as many as ten gateways that come back at once.
const TENANT_ATTACHES: Rate = Rate::new(20_000, 200_000);
/// Blocks of networks of a tenant: each walks over all visitors of the broker.
const TENANT_NETWORK_BLOCKS: Rate = Rate::new(10, 100);

/// Words to all agents of a tenant: each is told to everybody.
const TENANT_ANNOUNCEMENTS: Rate = Rate::every(6_000, 10);

/// Policies that a tenant's admins put in force: each is checked for some milliseconds, and written to the disk.
const TENANT_POLICIES: Rate = Rate::new(1, 5);

/// So many a second, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    interval_us: u64,
    burst_us: u64,
}

impl Rate {
    /// `per_s` in the long run and `burst` at once, both at least 1 and at most a million.
    pub(crate) const fn new(per_s: u32, burst: u32) -> Self {
        let per_s = if per_s == 0 { 1 } else { per_s };
        let burst = if burst == 0 { 1 } else { burst };
        let interval_us = 1_000_000 / per_s as u64;
        let interval_us = if interval_us == 0 { 1 } else { interval_us };
        Self { interval_us, burst_us: interval_us * burst as u64 }
    }

    /// One in so many milliseconds in the long run, and `burst` at once.
    pub(crate) const fn every(interval_ms: u64, burst: u32) -> Self {
        let interval_us = interval_ms * 1_000;
        Self { interval_us, burst_us: interval_us * burst as u64 }
    }

    /// The bucket's next state, or how many microseconds there are to wait.
    fn after(self, full_at_us: u64, now: Now, count: u64) -> Result<u64, u64> {
        let now_us = now.mono_ms.saturating_mul(1_000);
        let next_us = full_at_us.max(now_us).saturating_add(self.interval_us.saturating_mul(count));
        let latest_us = now_us.saturating_add(self.burst_us);
        if next_us <= latest_us { Ok(next_us) } else { Err(next_us - latest_us) }
    }
}

/// When there will be room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Milliseconds from now, at least 1.
    pub(crate) ms: u64,
}

impl Wait {
    fn from_us(us: u64) -> Self {
        Self { ms: us.div_ceil(1_000).max(1) }
    }

    /// The refusal that says so; `subject` names what there were too many of.
    pub(crate) fn refused(self, subject: &'static str) -> Refused {
        Refused::new(
            Code::RateLimited,
            subject,
            "too many of these a second; send the same again later",
        )
        .after_ms(self.ms)
    }
}

/// A bucket of one owner. Full at first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    full_at_us: u64,
}

impl Bucket {
    /// Takes one, or says when to come again.
    pub(crate) fn take(&mut self, rate: Rate, now: Now) -> Result<(), Wait> {
        self.full_at_us = rate.after(self.full_at_us, now, 1).map_err(Wait::from_us)?;
        Ok(())
    }

    /// Takes one that has happened already, and says how long to stop now if that was too much.
    pub(crate) fn take_regardless(&mut self, rate: Rate, now: Now) -> Option<Wait> {
        let wait = rate.after(self.full_at_us, now, 1).err().map(Wait::from_us);
        self.full_at_us =
            self.full_at_us.max(now.mono_ms.saturating_mul(1_000)).saturating_add(rate.interval_us);
        wait
    }
}

/// A bucket that several tasks take from. Full at first.
#[derive(Debug, Default)]
pub(crate) struct SharedBucket {
    full_at_us: AtomicU64,
}

impl SharedBucket {
    /// Takes one, or says when to come again.
    pub(crate) fn take(&self, rate: Rate, now: Now) -> Result<(), Wait> {
        let mut wait_us = 0;
        // Relaxed, both: the number stands for itself, nothing else is read on the strength of it.
        let taken =
            self.full_at_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at_us| {
                rate.after(full_at_us, now, 1).map_err(|us| wait_us = us).ok()
            });
        taken.map(|_| ()).map_err(|_| Wait::from_us(wait_us))
    }
}

/// What a connection's links may do a second, by what its Welcome said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkRates {
    messages: Rate,
    agent_messages: Rate,
    previews: Rate,
    others: Rate,
}

impl LinkRates {
    pub(crate) fn new(limits: &v1::Limits) -> Self {
        Self {
            messages: Rate::new(limits.messages_per_s, limits.messages_burst),
            agent_messages: Rate::new(
                limits.messages_per_s.saturating_mul(AGENT_FACTOR),
                limits.messages_burst.saturating_mul(AGENT_FACTOR),
            ),
            // Two at once, so that the first letter after a pause isn't held up by jitter.
            previews: Rate::new(limits.previews_per_s, limits.previews_per_s.max(2)),
            // Receipts come with each message of each session: an agent in fifty of them stays below this.
            others: Rate::new(100, 400),
        }
    }
}

/// The buckets of one link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkBuckets {
    messages: Bucket,
    previews: Bucket,
    others: Bucket,
}

impl LinkBuckets {
    pub(crate) fn take_message(
        &mut self,
        rates: &LinkRates,
        person: Person,
        now: Now,
    ) -> Result<(), Wait> {
        let rate = match person {
            Person::Visitor(_) => rates.messages,
            Person::Agent(_) => rates.agent_messages,
        };
        self.messages.take(rate, now)
    }

    pub(crate) fn take_preview(&mut self, rates: &LinkRates, now: Now) -> Result<(), Wait> {
        self.previews.take(rates.previews, now)
    }

    pub(crate) fn take_other(&mut self, rates: &LinkRates, now: Now) -> Result<(), Wait> {
        self.others.take(rates.others, now)
    }
}

/// What a connection may do a second besides what its links do.
#[derive(Debug)]
pub(crate) struct ConnectionBuckets {
    attach_rate: Rate,
    misbehaviour_rate: Rate,
    lane_rate: Rate,
    attaches: SharedBucket,
    lanes: SharedBucket,
    renewals: SharedBucket,
    misbehaviours: SharedBucket,
}

impl ConnectionBuckets {
    pub(crate) fn new(role: Role) -> Self {
        // Misbehaviours are refusals that tell of a peer out of step. A bug in a loop is stopped within seconds, a stray mistake
        // never: 200 at once, forgiven within ten seconds; frames to a gateway's links that have just ended count too.
        let (attach_rate, misbehaviour_rate) = match role {
            // A gateway that comes back brings its people within seconds.
            Role::Gateway => (Rate::new(20_000, 100_000), Rate::new(1_000, 10_000)),
            _ => (Rate::new(5, 32), Rate::new(20, 200)),
        };
        // Lanes live long: a connection opens its own once, and one anew after a fault. A stream that is opened and reset costs its
        // sender some twenty bytes and this side a task.
        let lane_rate = match role {
            Role::Gateway => Rate::new(100, 2_048),
            _ => Rate::new(10, 128),
        };
        Self {
            attach_rate,
            misbehaviour_rate,
            lane_rate,
            attaches: SharedBucket::default(),
            lanes: SharedBucket::default(),
            renewals: SharedBucket::default(),
            misbehaviours: SharedBucket::default(),
        }
    }

    pub(crate) fn take_renewal(&self, now: Now) -> Result<(), Wait> {
        self.renewals.take(RENEWALS, now)
    }

    pub(crate) fn take_attach(&self, now: Now) -> Result<(), Wait> {
        self.attaches.take(self.attach_rate, now)
    }

    pub(crate) fn take_lane(&self, now: Now) -> Result<(), Wait> {
        self.lanes.take(self.lane_rate, now)
    }

    /// Counts a refusal that tells of a peer out of step; an error is one too many.
    pub(crate) fn take_misbehaviour(&self, now: Now) -> Result<(), Wait> {
        self.misbehaviours.take(self.misbehaviour_rate, now)
    }
}

/// Frames a second that one lane is read.
pub(crate) fn lane_frames(role: Role) -> Rate {
    match role {
        // More than a core decodes: a bound, not a brake.
        Role::Gateway => Rate::new(500_000, 500_000),
        // Every link of a person at its own rates.
        _ => Rate::new(1_000, 4_000),
    }
}

/// The buckets of a tenant.
#[derive(Debug, Default)]
pub(crate) struct TenantBuckets {
    hellos: SharedBucket,
    attaches: SharedBucket,
    network_blocks: SharedBucket,
    policies: SharedBucket,
    announcements: SharedBucket,
}

impl TenantBuckets {
    pub(crate) fn take_hello(&self, now: Now) -> Result<(), Wait> {
        self.hellos.take(TENANT_HELLOS, now)
    }

    pub(crate) fn take_attach(&self, now: Now) -> Result<(), Wait> {
        self.attaches.take(TENANT_ATTACHES, now)
    }

    pub(crate) fn take_network_block(&self, now: Now) -> Result<(), Wait> {
        self.network_blocks.take(TENANT_NETWORK_BLOCKS, now)
    }

    pub(crate) fn take_announcement(&self, now: Now) -> Result<(), Wait> {
        self.announcements.take(TENANT_ANNOUNCEMENTS, now)
    }

    pub(crate) fn take_policy(&self, now: Now) -> Result<(), Wait> {
        self.policies.take(TENANT_POLICIES, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(mono_ms: u64) -> Now {
        Now { mono_ms, wall_ms: 0 }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let (rate, mut bucket) = (Rate::new(5, 20), Bucket::default());
        let taken = (0..100).filter(|_| bucket.take(rate, at_ms(1_000)).is_ok()).count();
        assert_eq!(taken, 20);
        assert_eq!(bucket.take(rate, at_ms(1_000)), Err(Wait { ms: 200 }));
        assert_eq!(bucket.take(rate, at_ms(1_199)), Err(Wait { ms: 1 }));
        assert_eq!(bucket.take(rate, at_ms(1_200)), Ok(()));
        let later = (0..100).filter(|_| bucket.take(rate, at_ms(2_200)).is_ok()).count();
        assert_eq!(later, 5);
    }

    #[test]
    fn who_comes_when_told_is_let_in() {
        let (rate, mut bucket) = (Rate::new(7, 3), Bucket::default());
        let mut now_ms = 0;
        for _ in 0..1_000 {
            if let Err(wait) = bucket.take(rate, at_ms(now_ms)) {
                assert!(wait.ms >= 1);
                now_ms += wait.ms;
                assert_eq!(bucket.take(rate, at_ms(now_ms)), Ok(()));
            }
        }
        // 997 after the burst, at 142.857 ms each.
        assert!(now_ms.abs_diff(142_428) < 1_000, "{now_ms}");
    }

    #[test]
    fn a_full_bucket_saves_nothing_up_beyond_its_burst() {
        let (rate, bucket) = (Rate::new(10, 2), SharedBucket::default());
        let taken = (0..10).filter(|_| bucket.take(rate, at_ms(1_000_000)).is_ok()).count();
        assert_eq!(taken, 2);
    }

    #[test]
    fn the_end_of_time_is_no_panic() {
        let (rate, mut bucket) = (Rate::new(0, 0), Bucket::default());
        let _ = bucket.take(rate, at_ms(u64::MAX));
        let _ = bucket.take_regardless(rate, at_ms(u64::MAX));
        assert!(bucket.take(rate, at_ms(u64::MAX)).is_ok() || bucket.take(rate, at_ms(0)).is_err());
    }
}
