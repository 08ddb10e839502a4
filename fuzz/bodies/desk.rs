//! The desk under any commands: each pair or so of bytes is one command of somebody, at some instant, and the books are proved
//! after every few.
//!
//! Two tenants, an engine of few parts, small bounds; links that live, that are gone and that belong to the other tenant. What
//! must hold:
//!
//! * no panic, whatever comes in whatever order;
//! * `verify` finds the books whole;
//! * a link is told of a session's words once each and in order, from its replay on;
//! * when all have gone and the graces are over, nobody is left, and nothing waits.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::delivery::{Delivery, Status};
use frontdesk_desk::floor::{Room, When};
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, LinkId, OfferId, SessionId, SiteId, TenantId, TenantNo,
    VisitorId,
};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::department::OfferMode;
use frontdesk_desk::policy::{Bot, Draft, Policy};
use frontdesk_desk::role::{Reach, Role};
use frontdesk_desk::time::Now;
use frontdesk_engine::{
    AgentAttach, Ask, Attached, Clearing, Command, Config, Departure, Engine, FloorQuery,
    MailboxLimits, Person, QueuesQuery, Rating, Reader, Reply, ResumePoint, SetStatus, SignOn,
    VisitorAttach, journal,
};

const TENANTS: u8 = 2;
const DEPARTMENTS: [&str; 3] = ["sales", "service", "unknown"];
const GRACE_MS: u64 = 1_000;
/// Commands between two proofs.
const PROOF_EVERY: usize = 4;
/// Longer inputs say nothing new.
const COMMANDS_MAX: usize = 512;

/// The input, byte by byte; zeros after its end.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let byte = usize::from(self.byte());
        (!from.is_empty()).then(|| &from[byte % from.len()])
    }
}

struct Desk {
    engine: Engine,
    reader: Reader<Delivery>,
    links: Vec<Attached>,
    sessions: Vec<SessionId>,
    /// Offers that were read of, ended or not.
    offers: Vec<OfferId>,
    /// The next word of each session on each link.
    next: HashMap<(LinkId, SessionId), u64>,
    /// Own words, which their own link isn't told.
    own: HashMap<(LinkId, SessionId), Vec<u64>>,
    now: Now,
}

/// Carries out what the bytes say.
pub fn run(data: &[u8]) {
    let mut dice = Dice(data);
    let mut desk = Desk::open(dice.byte());
    for step in 0..COMMANDS_MAX {
        if dice.0.is_empty() {
            break;
        }
        desk.step(&mut dice);
        if step % PROOF_EVERY == 0 {
            desk.prove();
        }
    }
    desk.close();
}

fn department(byte: u8) -> DepartmentId {
    DepartmentId::new(DEPARTMENTS[usize::from(byte) % DEPARTMENTS.len()]).expect("a literal id")
}

fn site() -> SiteId {
    SiteId::new("www").expect("a literal id")
}

impl Desk {
    fn open(shape: u8) -> Self {
        let config = Config {
            visitor_shards: 1 + u32::from(shape % 3),
            session_shards: 1 + u32::from(shape / 3 % 3),
            links_max: 24,
            tenants_max: 2,
            mailbox: MailboxLimits {
                deliveries_max: 4 + usize::from(shape / 9),
                ..MailboxLimits::default()
            },
            visits_remembered: 16,
            lists: frontdesk_engine::ListLimits::default(),
            inbox_max: 1_024,
        };
        let engine = Engine::new(config, [shape; 32], Arc::new(journal::Memory::new(64)));
        for name in ["a", "b"] {
            let mut draft = Draft::new(vec![site()], vec![department(0), department(1)]);
            draft.departments.iter_mut().for_each(|department| department.waiting_max = 2);
            (draft.visitor_grace_ms, draft.agent_grace_ms) = (GRACE_MS, GRACE_MS);
            (draft.capacity_default, draft.capacity_max) = (1, 3);
            (draft.visitors_max, draft.agents_max) = (6, 3);
            if name == "b" {
                ask_first(&mut draft);
            }
            let policy = Policy::new(draft).expect("the draft keeps its bounds");
            let tenant = TenantId::new(name).expect("a literal id");
            engine.add_tenant(tenant, policy).expect("there is room for two");
        }
        let reader = engine.reader();
        Self {
            engine,
            reader,
            links: Vec::new(),
            sessions: Vec::new(),
            offers: Vec::new(),
            next: HashMap::new(),
            own: HashMap::new(),
            now: Now { mono_ms: 1, wall_ms: 1_700_000_000_000 },
        }
    }

    fn step(&mut self, dice: &mut Dice<'_>) {
        match dice.byte() % 20 {
            0 | 1 => self.attach_visitor(dice),
            2 | 3 => self.attach_agent(dice),
            4 => {
                let departure = if dice.byte().is_multiple_of(2) {
                    Departure::Dropped
                } else {
                    Departure::Leaving
                };
                if let Some(attached) = dice.pick(&self.links) {
                    self.engine.detach(attached.link, departure, self.now);
                }
            }
            5 => {
                self.now = self.now.after_ms(u64::from(dice.byte()) * 10);
                self.engine.tick(self.now);
            }
            6 => self.now.wall_ms = u64::from(dice.byte()),
            7 => self.read(),
            8 => {
                // Who read here is gone, and another reader comes.
                self.reader = self.engine.reader();
            }
            _ => self.command(dice),
        }
    }

    fn attach_visitor(&mut self, dice: &mut Dice<'_>) {
        let (tenant, name, shape) = (dice.byte() % TENANTS, dice.byte() % 8, dice.byte());
        let attach = VisitorAttach {
            site: site(),
            visitor: VisitorId::new(&format!("v{name}")).expect("a short id"),
            page: (shape % 8 != 0)
                .then(|| self.engine.page("https://shop/", "Shop").expect("a short page")),
            arrival: Default::default(),
            replaces: if shape & 16 != 0 { dice.pick(&self.links).map(|l| l.token) } else { None },
            resume: (shape & 32 != 0).then(|| self.resume(dice)).flatten(),
        };
        let tenant = TenantNo(tenant.into());
        let attached = self.engine.attach_visitor(tenant, self.reader.outlet(), attach, self.now);
        self.links.extend(attached);
    }

    fn attach_agent(&mut self, dice: &mut Dice<'_>) {
        let (tenant, name, shape) = (dice.byte() % TENANTS, dice.byte() % 4, dice.byte());
        let attach = AgentAttach {
            agent: AgentId::new(&format!("a{name}")).expect("a short id"),
            replaces: if shape & 16 != 0 { dice.pick(&self.links).map(|l| l.token) } else { None },
            resume: (0..shape % 4).filter_map(|_| self.resume(dice)).collect(),
            role: if shape & 32 != 0 { Role::Supervisor } else { Role::Agent },
            reach: Reach::All,
            address: "".into(),
            rooms: Vec::new(),
        };
        let tenant = TenantNo(tenant.into());
        let attached = self.engine.attach_agent(tenant, self.reader.outlet(), attach, self.now);
        let Ok(attached) = attached else { return };
        let link = attached.link;
        self.links.push(attached);
        if shape & 64 != 0 {
            let departments = vec![department(0), department(1)];
            let sign_on = Command::SignOn(SignOn::new(departments, Some(2)));
            let online = Command::SetStatus(SetStatus::now(Status::Online, ""));
            self.engine.submit(link, sign_on, self.now).expect("a link that stands may sign on");
            self.engine.submit(link, online, self.now).expect("it has signed on");
        }
    }

    fn resume(&self, dice: &mut Dice<'_>) -> Option<ResumePoint> {
        let session = *dice.pick(&self.sessions)?;
        Some(ResumePoint { session, epoch: self.engine.epoch(), seq: dice.byte().into() })
    }

    fn command(&mut self, dice: &mut Dice<'_>) {
        let Some(link) = dice.pick(&self.links).map(|attached| attached.link) else { return };
        let unknown = SessionId::from_bytes([7; 16]).expect("not zero");
        let session = dice.pick(&self.sessions).copied().unwrap_or(unknown);
        let byte = dice.byte();
        let command = match dice.byte() % 22 {
            0..=2 => {
                let opening = (byte & 16 != 0).then(|| words(byte));
                let priority_minutes = u16::from(byte & 3) * 1_000;
                Command::Ask(Ask { opening, priority_minutes, ..Ask::of(department(byte)) })
            }
            3..=5 => Command::Say { session, words: words(byte) },
            6 => Command::Preview { session, text: "9".repeat(usize::from(byte) * 9).into() },
            7 => Command::Acknowledge {
                session,
                delivered: (byte & 15).into(),
                read: (byte >> 4).into(),
            },
            8 if byte >= 240 => {
                Command::ClearAway { session, clearing: Box::new(Clearing::default()) }
            }
            8 => Command::Close { session },
            9 if byte >= 192 => {
                let rating = Rating { score: byte & 7, tags: vec![], words: "".into() };
                Command::Rate { session, rating }
            }
            9 if byte >= 160 => Command::AskRating { session },
            9 => Command::ReadSession { session },
            10 => Command::ReadMessages { session, from_seq: byte.into(), messages_max: byte },
            11 => Command::SignOn(SignOn::new(
                (0..byte % 3).map(department),
                Some((byte >> 4).into()),
            )),
            12 => {
                let all = [Status::Offline, Status::Away, Status::Busy, Status::Online];
                let status = all[usize::from(byte % 4)];
                Command::SetStatus(SetStatus::now(status, &"r".repeat(usize::from(byte))))
            }
            13 => Command::SignOff { reason: "".into() },
            14 if byte.is_multiple_of(2) => Command::Unwatch,
            14 if byte & 0xe0 == 0x20 => {
                let departments = (0..byte % 3).map(department).collect();
                Command::WatchFloor(Box::new(FloorQuery {
                    departments,
                    agents: (byte & 12).into(),
                }))
            }
            14 if byte & 0xe0 == 0x40 => {
                let departments = (0..byte % 3).map(department).collect();
                Command::WatchQueues(Box::new(QueuesQuery {
                    departments,
                    rows: (byte & 12).into(),
                }))
            }
            14 if byte & 0xe0 == 0x60 => Command::UnwatchFloor,
            14 if byte & 0xe0 == 0xa0 => {
                let department = (byte & 4 > 0).then(|| department(byte % 3));
                Command::WatchReception { department }
            }
            14 if byte & 0xe0 == 0xc0 => Command::UnwatchReception,
            14 if byte & 0xe0 == 0x80 => Command::UnwatchQueues,
            14 => Command::WatchVisitors { query: Box::default(), rows: byte.into() },
            15 if byte >= 192 => Command::UnwatchSession { session },
            15 if byte >= 128 => {
                let (epoch, seq) = (self.engine.epoch(), (byte & 7).into());
                Command::WatchSession { resume: ResumePoint { session, epoch, seq } }
            }
            16 | 17 => {
                let Some(offer) = dice.pick(&self.offers).copied() else { return };
                if byte & 3 == 0 {
                    Command::DeclineOffer { offer }
                } else {
                    Command::AcceptOffer { offer }
                }
            }
            18 => {
                let room = if byte >= 224 { Room::Overridden } else { Room::Needed };
                Command::Pick { session: (byte & 1 != 0).then_some(session), room }
            }
            19 if byte >= 128 => {
                let set = SetStatus::now([Status::Away, Status::Online][usize::from(byte & 1)], "");
                Command::SetStatus(SetStatus { when: When::AfterSessions, ..set })
            }
            19 => Command::FinishNotes { session: (byte & 1 != 0).then_some(session) },
            20 if byte >= 128 => Command::TakeBack { session },
            20 => Command::HandOver { session, bot: Some(bot()) },
            21 if byte >= 128 => Command::WhyWaiting { session },
            21 => Command::WhyIdle { agent: None },
            _ => Command::ReadTrail {
                visitor: VisitorId::new(&format!("v{}", byte % 8)).expect("a short id"),
            },
        };
        let in_session =
            if let Command::Say { session, .. } = command { Some(session) } else { None };
        match self.engine.submit(link, command, self.now).map(|accepted| accepted.reply) {
            Ok(Reply::Asked(asked)) => {
                if !asked.existing {
                    self.sessions.push(asked.session);
                }
                if let Some(seq) = asked.opening_seq {
                    self.own.entry((link.id, asked.session)).or_default().push(seq);
                }
            }
            Ok(Reply::Said(said)) => {
                let session = in_session.expect("only words are answered so");
                self.own.entry((link.id, session)).or_default().push(said.seq);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Reads all that waits, and holds the words to their order.
    fn read(&mut self) {
        let (next, own, offers) = (&mut self.next, &self.own, &mut self.offers);
        let ended = self.reader.try_drain_all(|link, delivery| match delivery {
            Delivery::OfferMade(view) => offers.push(view.offer),
            Delivery::SessionOpened(view) => {
                next.insert((link, view.session), 1);
            }
            Delivery::Resumed { session, replay } => {
                next.insert((link, session), replay.from_seq);
            }
            Delivery::Message { session, seq, .. } => {
                let next = next.get_mut(&(link, session)).expect("words come after the opening");
                let own = own.get(&(link, session)).map_or(&[][..], Vec::as_slice);
                while *next < seq && own.contains(next) {
                    *next += 1;
                }
                assert_eq!(seq, *next, "a word is missing or told twice");
                *next += 1;
            }
            _ => {}
        });
        for (link, _) in ended {
            let there = self.links.iter().find(|attached| attached.link.id == link);
            let attached = there.expect("only links that were attached end");
            self.engine.detach(attached.link, Departure::Dropped, self.now);
        }
    }

    fn prove(&self) {
        if let Err(faults) = self.engine.verify(self.now) {
            panic!("the books are not whole: {faults:#?}");
        }
        for tenant in 0..TENANTS {
            let counts = self.engine.counts(TenantNo(tenant.into()));
            assert!(counts.visitors_here + counts.visitors_away <= 6, "{counts:?}");
            assert!(counts.sessions <= 3 * 3, "{counts:?}");
        }
    }

    fn close(mut self) {
        self.prove();
        self.read();
        for attached in &self.links {
            // A visitor's last link only drops, so that its grace runs too.
            let is_visitor = matches!(attached.link.person, Person::Visitor(_));
            let departure = if is_visitor { Departure::Dropped } else { Departure::Leaving };
            self.engine.detach(attached.link, departure, self.now);
        }
        self.engine.tick(self.now.after_ms(2 * GRACE_MS));
        self.now = self.now.after_ms(2 * GRACE_MS);
        self.prove();
        for tenant in 0..TENANTS {
            let counts = self.engine.counts(TenantNo(tenant.into()));
            let left = [
                counts.visitors_here,
                counts.visitors_away,
                counts.waiting,
                counts.offered,
                counts.sessions,
            ];
            assert_eq!((left, counts.agents_online), ([0; 5], 0), "somebody is left");
        }
    }
}

fn bot() -> AgentId {
    AgentId::new("a3").expect("a literal id")
}

/// Agents are asked, two at once in the first department, and write notes; one of them is a bot.
fn ask_first(draft: &mut Draft) {
    for (department, at_once) in draft.departments.iter_mut().zip([2, 1]) {
        let offers = &mut department.offers;
        offers.mode = OfferMode::Asked { timeout_ms: GRACE_MS, at_once };
        (offers.declined_max, offers.missed_max, offers.back_off_ms) = (2, 2, 600);
        department.wrap_up_ms = 400;
    }
    draft.bots.push(Bot { id: bot(), hidden: false, takes_transfers: true });
}

fn words(byte: u8) -> Words {
    let body = vec![b'x'; 1 + usize::from(byte & 7) * 1_000];
    Words::text(ClientMessageId([byte; 16]), Bytes::from(body)).expect("short and not empty")
}
