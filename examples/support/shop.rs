//! A shop with an engine in it and no network: the clock, the commands of its people, and the narration.
//!
//! Never checks the story; that is the example's.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use frontdesk::desk::id::{ClientMessageId, DepartmentId, SessionId, SiteId, TenantId, TenantNo};
use frontdesk::desk::message::Words;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::time::Now;
use frontdesk::engine::journal::Memory;
use frontdesk::engine::{Command, Config, Engine, Reply, Said};

use super::seat::Seat;

/// How often the engine is told that time passes, in milliseconds.
const TICK_MS: u64 = 100;

/// Where the time comes from. The engine reads no clock; a program passes the time in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// Time that stands still until somebody waits, and then leaps.
    Simulated(Now),
    /// The machine's.
    Real(Instant),
}

impl Clock {
    /// A simulated one, at the beginning of 2026.
    pub(crate) fn simulated() -> Self {
        Self::Simulated(Now { mono_ms: 0, wall_ms: 1_767_225_600_000 })
    }

    /// The machine's, from now on.
    pub(crate) fn real() -> Self {
        Self::Real(Instant::now())
    }

    fn now(self) -> Now {
        match self {
            Self::Simulated(now) => now,
            Self::Real(started) => {
                let wall = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
                Now { mono_ms: milliseconds(started.elapsed()), wall_ms: milliseconds(wall) }
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        match self {
            Self::Simulated(now) => {
                now.mono_ms += ms;
                now.wall_ms += ms;
            }
            Self::Real(_) => std::thread::sleep(Duration::from_millis(ms)),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The engine with one tenant, and what surrounds it in a program.
pub(crate) struct Shop<'out> {
    pub(crate) engine: Engine,
    pub(crate) journal: Arc<Memory>,
    pub(crate) tenant: TenantNo,
    pub(crate) site: SiteId,
    pub(crate) sales: DepartmentId,
    clock: Clock,
    messages: u64,
    out: &'out mut dyn Write,
}

impl<'out> Shop<'out> {
    pub(crate) fn open(clock: Clock, out: &'out mut dyn Write) -> Result<Self> {
        let journal = Arc::new(Memory::new(10_000));
        // A program gives 32 bytes of the operating system's randomness: ids are drawn from them.
        let engine = Engine::new(Config::default(), [7; 32], journal.clone());
        let (site, sales) = (SiteId::new("www")?, DepartmentId::new("sales")?);
        let draft = Draft::new(vec![site.clone()], vec![sales.clone()]);
        let policy = Policy::new(draft).map_err(|faults| anyhow!("the policy: {faults:?}"))?;
        let tenant = engine.add_tenant(TenantId::new("acme")?, policy)?;
        Ok(Self { engine, journal, tenant, site, sales, clock, messages: 0, out })
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Lets time pass, and the engine with it.
    pub(crate) fn wait(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(TICK_MS) {
            self.clock.pass(TICK_MS);
            self.engine.tick(self.clock.now());
        }
    }

    /// Says on the page what someone does or is told.
    pub(crate) fn narrate(&mut self, who: &str, what: &str) -> Result<()> {
        let seconds = self.clock.now().mono_ms as f64 / 1_000.0;
        writeln!(self.out, "{seconds:6.1} s  {who:<5} {what}").context("the narration")
    }

    /// Submits a command. A refusal is a fault of the story.
    pub(crate) fn submit(&self, seat: &Seat, command: Command) -> Result<Reply> {
        let asked = format!("{} asks for {command:?}", seat.name);
        Ok(self.engine.submit(seat.link, command, self.now()).context(asked)?.reply)
    }

    /// Submits a command that has no more to answer than that it is done.
    pub(crate) fn done(&self, seat: &Seat, command: Command) -> Result<()> {
        match self.submit(seat, command)? {
            Reply::Done => Ok(()),
            other => bail!("{} is answered {other:?} where Done was due", seat.name),
        }
    }

    /// A text under an id that nobody used before.
    pub(crate) fn words(&mut self, text: &str) -> Result<Words> {
        self.messages += 1;
        let id = ClientMessageId(u128::from(self.messages).to_be_bytes());
        Ok(Words::text(id, text.to_owned().into())?)
    }

    /// Texts made so far.
    pub(crate) fn messages(&self) -> u64 {
        self.messages
    }

    /// Says a text, and writes it into the speaker's log.
    pub(crate) fn say(&mut self, seat: &mut Seat, session: SessionId, text: &str) -> Result<Said> {
        let words = self.words(text)?;
        self.narrate(&seat.name.clone(), &format!("says: {text}"))?;
        match self.submit(seat, Command::Say { session, words })? {
            Reply::Said(said) => {
                seat.write_down(session, said.seq, text.into())?;
                Ok(said)
            }
            other => bail!("{} is answered {other:?} where Said was due", seat.name),
        }
    }
}
